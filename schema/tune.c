#include "schema/tune.h"
#include <stdio.h>

#define LISTED " where synced_at is not null and gone_at is null"
#define NEWEST ", created_at desc nulls last, github_id)" LISTED

/* DROP INDEX waits for transactions that use the table; what is left then is dropped by the next build or drop. */
#define CLEANUP_WAIT "30s"

static const struct tune_index indexes[] = {
    {"developers_by_bio", "developers", "bio", "(left(bio, 60) collate \"C\"" NEWEST},
    {"developers_by_following_count", "developers", "following_count", "(following_count" NEWEST},
    {"developers_by_public_gists", "developers", "public_gists", "(public_gists" NEWEST},
    {"repositories_by_description", "repositories", "description",
     "(left(description, 60) collate \"C\"" NEWEST},
    {"repositories_by_subscribers_count", "repositories", "subscribers_count", "(subscribers_count" NEWEST},
    {"repositories_by_watchers_count", "repositories", "watchers_count", "(watchers_count" NEWEST},
};

const struct tune_index *tune_indexes(size_t *n_out)
{
    _Static_assert(ARRAY_LEN(indexes) <= TUNE_MAX_INDEXES, "callers have room");
    *n_out = ARRAY_LEN(indexes);
    return indexes;
}

static enum tune_state state_at(const struct db_rows *rows, int row)
{
    if (!db_bool(rows, row, COL_tune_read_built))
        return TUNE_ABSENT;
    if (db_bool(rows, row, COL_tune_read_valid))
        return TUNE_BUILT;
    return db_bool(rows, row, COL_tune_read_running) ? TUNE_BUILDING : TUNE_UNFINISHED;
}

bool tune_read(struct db *db, struct tune_found *found_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    slice names[ARRAY_LEN(indexes)], tables[ARRAY_LEN(indexes)];
    for (size_t i = 0; i < ARRAY_LEN(indexes); i++)
        names[i] = slice_of(indexes[i].name), tables[i] = slice_of(indexes[i].table);
    if (!db_run(db, Q_tune_read, &rows, err, DB_TEXTS(names, ARRAY_LEN(names)),
                DB_TEXTS(tables, ARRAY_LEN(tables))))
        return false;
    for (int i = 0; i < rows.n; i++)
        found_out[i] = (struct tune_found){state_at(&rows, i), db_i64(&rows, i, COL_tune_read_bytes)};
    return true;
}

bool tune_begin(struct db *db, int64_t *pid_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_tune_lock, &rows, err))
        return false;
    *pid_out = db_i64(&rows, 0, COL_tune_lock_pid);
    return db_bool(&rows, 0, COL_tune_lock_locked) ||
           err_set(err, ERR_DB_RETRY,
                   "another gitomatic tune is building or dropping indexes in this database: try again when "
                   "it has finished");
}

/* One statement a time: CONCURRENTLY works in no transaction. */
static bool run(struct db *db, const char *sql, struct err *err)
{
    struct err ignored;
    if (!db_unbounded(db, true, err))
        return false;
    bool ok = db_script(db, sql, err);
    return db_unbounded(db, false, ok ? err : &ignored) && ok;
}

static bool drop(struct db *db, size_t number, struct err *err)
{
    char sql[160];
    snprintf(sql, sizeof sql, "drop index concurrently if exists %s", indexes[number].name);
    return run(db, sql, err);
}

/* What a build that failed or was interrupted has left. */
static bool drop_unfinished(struct db *db, size_t number, struct err *err)
{
    struct tune_found found[ARRAY_LEN(indexes)];
    if (!tune_read(db, found, err))
        return false;
    if (found[number].state != TUNE_UNFINISHED)
        return true;
    if (db_script(db, "set lock_timeout = '" CLEANUP_WAIT "'", err) && drop(db, number, err))
        return db_script(db, "reset lock_timeout", err);
    return err_wrap(
        err,
        "%s is unfinished and could not be dropped; until it is, every write maintains it although "
        "no query uses it: run gitomatic tune drop %s again",
        indexes[number].name, indexes[number].name);
}

bool tune_build(struct db *db, size_t number, struct err *err)
{
    char sql[400];
    struct err cleanup;
    const struct tune_index *index = &indexes[number];
    if (!drop_unfinished(db, number, err))
        return false;
    snprintf(sql, sizeof sql, "create index concurrently if not exists %s on %s %s", index->name,
             index->table, index->key);
    if (run(db, sql, err))
        return true;
    if (err->code != ERR_DB_DOWN && !drop_unfinished(db, number, &cleanup))
        *err = cleanup;
    return err_wrap(err, "%s was not built", index->name);
}

bool tune_drop(struct db *db, size_t number, struct err *err)
{
    return drop(db, number, err) || err_wrap(err, "%s was not dropped", indexes[number].name);
}

bool tune_interrupt(struct db *db, int64_t pid, size_t number, struct err *err)
{
    AUTO_ROWS rows = {0};
    int64_t ignored;
    if (!db_unbounded(db, true, err) || !db_run(db, Q_tune_end_process, &rows, err, DB_I64(pid)))
        return false;
    if (rows.n && !db_bool(&rows, 0, COL_tune_end_process_ended))
        return err_set(
            err, ERR_DB_RETRY,
            "the server may still be building %s: its process %lld did not end within 10 s; look with "
            "gitomatic tune",
            indexes[number].name, (long long)pid);
    return tune_begin(db, &ignored, err) && drop_unfinished(db, number, err);
}
