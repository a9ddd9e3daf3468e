/* snapshot read: what an export is made of, from one REPEATABLE READ transaction.
 *
 * snapshot_begin opens it; the copies of any number of tables then see the same instant, whatever a crawl writes meanwhile.
 * People whose erasure has begun are left out. Rows come in the order of the primary key, so that one state gives one file. */
#pragma once
#include "schema/db/db.h"
#include "schema/snapshot/tables.h"

struct snapshot_request {
    const char *const *logins; /* only these developers and what touches them; n_logins 0: all */
    size_t n_logins;
    const char *as_of; /* as PostgreSQL reads a timestamptz; NULL: now */
    int64_t kept_days; /* how far back ended edges, names and counts go; 0: to the beginning */
};

struct snapshot_info {
    int64_t
        instant_us; /* of the newest change the snapshot has, or the as-of time; Unix us, 0: an empty database */
    int64_t
        feed_position; /* it has all that the log of changes tells up to this row: go on from there. As of a time: the last row from before it */
    bool erasing;      /* an erasure is under way */
    const char *schema_version; /* of the newest migration; in the arena */
};

/* Leaves a transaction open: the caller ends it with db_rollback. ERR_USAGE: an unknown login, or a time that cannot be read
 * or lies ahead. */
MUST_CHECK bool snapshot_begin(struct db *db, const struct snapshot_request *request, struct arena *a,
                               struct snapshot_info *out, struct err *err);

enum snapshot_form {
    SNAPSHOT_CSV,
    SNAPSHOT_JSONL,
    SNAPSHOT_ROWS,   /* COPY's text format */
    SNAPSHOT_NUMBERS /* COPY's binary format, in no order */
};
/* Before the COPY of a table: how its rows are to be put in order. Narrow rows are sorted, since following an index through a table that is
 * not in its order costs ten times the table; wide ones are read by the index, since to sort them would write all of them twice. */
MUST_CHECK bool snapshot_plan(struct db *db, const struct snapshot_table *table,
                              const struct snapshot_request *request, struct err *err);
/* The COPY statement of a table for this request, in the arena. Give it to db_copy_out. */
const char *snapshot_copy(struct arena *a, const struct snapshot_table *table,
                          const struct snapshot_request *request, const struct snapshot_info *info,
                          enum snapshot_form form);

/* Makes and fills snapshot_erased, snapshot_erased_repositories and snapshot_erased_logins: what no file shows, until the transaction ends. */
extern const char snapshot_erased_sql[];
