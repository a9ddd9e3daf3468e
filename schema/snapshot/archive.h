/* archive: what hours of GH Archive tell, into the tables: stubs of records that are not known, and developers who were active moved
 * forward in the frontier. Nothing of a known record changes: an event is older than what is known of it. */
#pragma once
#include "schema/graph/load.h"

/* An empty landing table of (kind 1 developer, 2 repository; github_id; name; owner; is an organization; at), in COPY's text format. */
MUST_CHECK bool archive_begin(struct db *db, struct err *err);
const char *archive_copy(void);
/* Repeating it is harmless. developers->changed: moved forward. */
MUST_CHECK bool archive_merge(struct db *db, bool in_transaction, load_progress *progress,
                              struct load_figures *developers, struct load_figures *repositories,
                              struct err *err);
