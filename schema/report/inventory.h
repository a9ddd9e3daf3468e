/* inventory: what a PostgreSQL cluster holds, as lines of text that can be compared after a move to another cluster. It needs none of
 * gitomatic's schema. The only caller of inventory.sql. */
#pragma once
#include "core/base/buf.h"
#include "schema/db/db.h"

struct inventory {
    struct buf lines; /* "DATABASE SCHEMA.TABLE: N rows", and the version of each gitomatic schema */
    int64_t tables, rows;
};

/* Names of the databases that can be connected to, a line each. */
MUST_CHECK bool inventory_databases(struct db *db, struct buf *out, struct err *err);
/* Appends this database's tables. Counts all rows, without a time limit. */
MUST_CHECK bool inventory_read(struct db *db, slice database, struct inventory *out, struct err *err);
/* "NAME = VALUE" of what the configuration files set, a line each. */
MUST_CHECK bool inventory_settings(struct db *db, struct buf *out, struct err *err);
MUST_CHECK bool inventory_tablespaces(struct db *db, int64_t *n_out, struct err *err);
/* Databases that cannot be connected to, template0 aside: no dump has them. */
MUST_CHECK bool inventory_closed(struct db *db, int64_t *n_out, struct err *err);
/* Appends the lines of one that the other does not have. */
void inventory_missing(slice lines, slice from, struct buf *out);
