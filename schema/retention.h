/* retention: drops what has been kept for its time, as the settings KEEP_… say. The only caller of retention.sql. Several
 * processes may do it at once. */
#pragma once
#include "core/config/config.h"
#include "schema/db/db.h"

/* What an index finds: cheap enough for every minute. */
MUST_CHECK bool retention_often(struct db *db, const struct config *cfg, int64_t *n_out, struct err *err);
/* What reads whole tables, where there is anything to be dropped at all: for every hour. */
MUST_CHECK bool retention_seldom(struct db *db, const struct config *cfg, int64_t *n_out, struct err *err);
