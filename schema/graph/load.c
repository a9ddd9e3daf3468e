#include "schema/graph/load.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include <stdio.h>

#define BLOCKS_PER_TRANSACTION 4096 /* of the landing table in one transaction: 32 MB, some 600,000 edges */
#define TRIES                  5    /* a crawl may write the same rows */

/* Columns of a merge and of the count of landed rows. */
enum { COL_TAKEN, COL_ADDED, COL_CHANGED };
enum { COL_BLOCKS, COL_ROWS };

#define DROP "drop table if exists pg_temp.landing;"

bool load_begin(struct db *db, const char *columns, struct err *err)
{
    AUTO_BUF b = {0};
    /* A piece is sorted and joined in memory. Its commit need not wait for the disk: what a crash of the server loses is imported
     * again. */
    buf_printf(&b,
               DROP
               "set work_mem = '128MB'; set synchronous_commit = off; create temporary table landing (%s)%c",
               columns, '\0');
    return db_unbounded(db, true, err) && db_script(db, b.ptr, err);
}

bool load_end(struct db *db, struct err *err)
{
    return db_script(db, "reset work_mem; reset synchronous_commit;" DROP,
                     err); /* this commit waits for the disk */
}

static bool merge_piece(struct db *db, slice sql, int64_t block, bool in_transaction,
                        struct load_figures *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    char from[40], to[40];
    snprintf(from, sizeof from, "(%lld,0)", (long long)block);
    snprintf(to, sizeof to, "(%lld,0)", (long long)(block + BLOCKS_PER_TRANSACTION));
    const struct db_arg args[] = {DB_CSTR(from), DB_CSTR(to)};
    /* Locks as when a page is stored: a tombstone is set before or after this (erasure.sql), and so is the mark of a gone record
     * (pages_edges_lock). A trial stores nothing, and would hold the second lock for long. */
    const char *lock = in_transaction ? "select pg_advisory_xact_lock_shared(gitomatic_lock(7720), 0)"
                                      : "select pg_advisory_xact_lock_shared(gitomatic_lock(7720), 0),"
                                        " pg_advisory_xact_lock_shared(gitomatic_lock(7719), 0)";
    bool ok = (in_transaction || db_begin(db, err)) && db_script(db, lock, err) &&
              db_run_text(db, sql, args, 2, &rows, err) && (in_transaction || db_commit(db, err));
    if (!ok) {
        if (!in_transaction)
            db_rollback(db);
        return false;
    }
    out->left_out -= db_i64(&rows, 0, COL_TAKEN);
    out->added += db_i64(&rows, 0, COL_ADDED);
    out->changed += db_i64(&rows, 0, COL_CHANGED);
    return true;
}

static bool count_landed(struct db *db, int64_t *blocks_out, int64_t *rows_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_script(db, "analyze pg_temp.landing", err) ||
        !db_run_text(
            db,
            SLICE("select pg_relation_size('pg_temp.landing') / current_setting('block_size')::bigint,"
                  " (select count(*) from pg_temp.landing)"),
            NULL, 0, &rows, err))
        return false;
    *blocks_out = db_i64(&rows, 0, COL_BLOCKS);
    *rows_out = db_i64(&rows, 0, COL_ROWS);
    return true;
}

bool load_merge(struct db *db, const char *what, slice merge, bool in_transaction, load_progress *progress,
                struct load_figures *out, struct err *err)
{
    int64_t blocks = 0, rows = 0;
    bool ok = count_landed(db, &blocks, &rows, err);
    out->rows += rows;
    out->left_out += rows;
    for (int64_t block = 0; ok && block < blocks; block += BLOCKS_PER_TRANSACTION) {
        int tries = 0;
        while (!(ok = merge_piece(db, merge, block, in_transaction, out, err)) && err->code == ERR_DB_RETRY &&
               !in_transaction && ++tries < TRIES)
            clock_sleep_ms(100 * tries);
        if (ok && progress)
            progress(what, blocks > block + BLOCKS_PER_TRANSACTION
                               ? (double)(block + BLOCKS_PER_TRANSACTION) / (double)blocks
                               : 1);
    }
    return ok;
}
