/* snapshot read: the reads of an export, in one REPEATABLE READ transaction.
 *
 * snapshot_begin opens it; the copies of all tables then see the same state, whatever a crawl writes meanwhile. People whose
 * erasure has begun are omitted. Rows are in the order of the primary key, so that the same state gives the same file. */
#pragma once
#include "schema/db/db.h"
#include "schema/snapshot/tables.h"

struct snapshot_request {
    const char *const *logins; /* only these developers and their neighbours; n_logins 0: all */
    size_t n_logins;
    const char *as_of; /* as PostgreSQL reads a timestamptz; NULL: now */
    int64_t kept_days; /* how far back ended edges, names and counts go; 0: to the beginning */
};

struct snapshot_info {
    int64_t
        instant_us; /* of the newest change the snapshot has, or the as-of time; Unix us, 0: an empty database */
    /* The snapshot contains the log of changes up to this row: continue from there. As of a time: the last row before it. */
    int64_t feed_position;
    int64_t first_us; /* as of a time before anything was known: when the first record was; else 0 */
    bool erasing;     /* an erasure is running */
    const char *schema_version; /* of the newest migration; in the arena */
};

/* Leaves a transaction open: the caller ends it with db_rollback. ERR_USAGE: an unknown login, or an invalid or future time.
 * */
MUST_CHECK bool snapshot_begin(struct db *db, const struct snapshot_request *request, struct arena *a,
                               struct snapshot_info *out, struct err *err);

enum snapshot_form {
    SNAPSHOT_CSV, /* read only; written from SNAPSHOT_ROWS */
    SNAPSHOT_JSONL,
    SNAPSHOT_ROWS,   /* COPY's text format */
    SNAPSHOT_NUMBERS /* COPY's binary format, in no order */
};
/* Call before the COPY of a table: sets how its rows are ordered. Narrow rows are sorted, since an index scan of a table in
 * another order costs ten times a table scan; wide rows are read by the index, since sorting would write all of them twice.
 * */
MUST_CHECK bool snapshot_plan(struct db *db, const struct snapshot_table *table,
                              const struct snapshot_request *request, struct err *err);
/* The COPY statement of a table for this request, in the arena, for db_copy_out. form: not SNAPSHOT_CSV. */
const char *snapshot_copy(struct arena *a, const struct snapshot_table *table,
                          const struct snapshot_request *request, const struct snapshot_info *info,
                          enum snapshot_form form);

/* Creates snapshot_erased, snapshot_erased_repositories and snapshot_erased_logins for this transaction: the records that no
 * file may contain. */
extern const char snapshot_erased_sql[];
