/* archive: imports hours of GH Archive: stubs of unknown records, and active developers move forward in the frontier. Known
 * records do not change: an event is older than they are. */
#pragma once
#include "schema/graph/load.h"

/* An empty landing table of (kind 1 developer, 2 repository; github_id; name; owner; is an organization; at), in COPY's text format. */
MUST_CHECK bool archive_begin(struct db *db, struct err *err);
const char *archive_copy(void);
/* Repeating it is harmless. developers->changed: moved forward. */
MUST_CHECK bool archive_merge(struct db *db, bool in_transaction, load_progress *progress,
                              struct load_figures *developers, struct load_figures *repositories,
                              struct err *err);
