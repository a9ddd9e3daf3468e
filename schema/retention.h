/* retention: deletes rows after their time, as the settings KEEP_… say. The only caller of retention.sql. Several
 * processes may run it at once. One statement that fails does not stop the others; *err has the first failure. */
#pragma once
#include "core/config/config.h"
#include "schema/db/db.h"

/* Rows found by an index: cheap enough for every minute. */
MUST_CHECK bool retention_often(struct db *db, const struct config *cfg, int64_t *n_out, struct err *err);
/* Rows found by scans of whole tables, if any rows are to be deleted at all: for every hour. */
MUST_CHECK bool retention_seldom(struct db *db, const struct config *cfg, int64_t *n_out, struct err *err);
