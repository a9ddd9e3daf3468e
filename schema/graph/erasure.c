#include "schema/graph/erasure.h"
#include "core/base/clock.h"

/* The erasure and a page being stored may deadlock: one of the two is then repeated. */
#define TRIES 10

bool erasure_find(struct db *db, const char *login, struct arena *a, int64_t *github_id_out,
                  const char **login_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *github_id_out = 0;
    if (!db_run(db, Q_erasure_find, &rows, err, DB_CSTR(login)))
        return false;
    if (rows.n) {
        *github_id_out = db_i64(&rows, 0, COL_erasure_find_github_id);
        *login_out = arena_dup(a, db_text(&rows, 0, COL_erasure_find_login));
    }
    return true;
}

static bool call_off(struct db *db, int64_t github_id, struct erased *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_erase_jobs, &rows, err, DB_I64(github_id)))
        return false;
    out->jobs += db_i64(&rows, 0, COL_erase_jobs_open);
    return true;
}

static bool erase_rows(struct db *db, int64_t github_id, struct erased *out, struct err *err)
{
    AUTO_ROWS owned = {0};
    AUTO_ROWS repositories = {0};
    AUTO_ROWS developer = {0};
    AUTO_ARENA a = arena_create();
    size_t n = 0;
    bool ok = db_run(db, Q_erase_repository_ids, &owned, err, DB_I64(github_id));
    const int64_t *ids = ok ? db_i64s(&owned, 0, COL_erase_repository_ids_ids, a, &n) : NULL;
    ok = ok && db_run(db, Q_erase_begun, NULL, err, DB_I64(github_id), DB_I64S(ids, n)) &&
         db_run(db, Q_erase_repositories, &repositories, err, DB_I64S(ids, n)) &&
         db_run(db, Q_erase_developer, &developer, err, DB_I64(github_id));
    if (!ok)
        return false;
    out->repositories = db_i64(&repositories, 0, COL_erase_repositories_repositories);
    out->stars_received = db_i64(&repositories, 0, COL_erase_repositories_stars_received);
    out->developers = db_i64(&developer, 0, COL_erase_developer_developers);
    out->logins = db_i64(&developer, 0, COL_erase_developer_logins);
    out->follows = db_i64(&developer, 0, COL_erase_developer_follows);
    out->stars = db_i64(&developer, 0, COL_erase_developer_stars);
    out->ended = db_i64(&developer, 0, COL_erase_developer_ended);
    out->days = db_i64(&developer, 0, COL_erase_developer_days);
    return true;
}

/* No page sees the tombstone appear between its statements, and later pages store nothing of the person. All visible rows are
 * removed in the same transaction, whatever interrupts the rest. Their removal is not logged (migration 0005). */
static bool erase_person(struct db *db, int64_t github_id, struct erased *out, struct err *err)
{
    out->jobs = 0;
    return db_run(db, Q_erase_lock, NULL, err) &&
           db_run(db, Q_erase_tombstone, NULL, err, DB_I64(github_id)) &&
           db_run(db, Q_bodies_forget_all, NULL, err) && call_off(db, github_id, out, err) &&
           db_script(db, "set local gitomatic.erasing = 'on'", err) && erase_rows(db, github_id, out, err);
}

/* The keys by which the person's traces are found. */
struct begun {
    bool found; /* false: no trace is left */
    const int64_t *repositories;
    size_t n;
};

static bool read_begun(struct db *db, int64_t github_id, struct arena *a, struct begun *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct begun){0};
    if (!db_run(db, Q_erase_begun_repositories, &rows, err, DB_I64(github_id)))
        return false;
    out->found = rows.n > 0;
    if (out->found)
        out->repositories = db_i64s(&rows, 0, COL_erase_begun_repositories_ids, a, &out->n);
    return true;
}

/* First, since the feed of changes shows it. */
static bool erase_changes(struct db *db, int64_t github_id, struct erased *out, struct err *err)
{
    struct begun begun;
    AUTO_ARENA a = arena_create();
    (void)out;
    return read_begun(db, github_id, a, &begun, err) &&
           (!begun.found || db_run(db, Q_erase_traces_changes, NULL, err, DB_I64(github_id),
                                   DB_I64S(begun.repositories, begun.n)));
}

static bool erase_mentions(struct db *db, int64_t github_id, struct erased *out, struct err *err)
{
    AUTO_ROWS pages = {0};
    AUTO_ROWS forks = {0};
    struct begun begun;
    AUTO_ARENA a = arena_create();
    bool ok = read_begun(db, github_id, a, &begun, err);
    if (ok && begun.found) {
        ok = db_run(db, Q_erase_traces_pages, &pages, err, DB_I64(github_id),
                    DB_I64S(begun.repositories, begun.n)) &&
             db_run(db, Q_erase_traces_forks, &forks, err, DB_I64S(begun.repositories, begun.n)) &&
             db_run(db, Q_erase_done, NULL, err, DB_I64(github_id));
        out->pages = pages.affected;
        out->forks = forks.affected;
    }
    return ok;
}

static bool reread_pages(struct db *db, int64_t github_id, struct erased *out, struct err *err)
{
    (void)github_id, (void)out;
    return db_run(db, Q_erasure_reread, NULL, err);
}

static bool transact(struct db *db, bool (*part)(struct db *, int64_t, struct erased *, struct err *),
                     int64_t github_id, struct erased *out, struct err *err)
{
    for (int i = 0;; i++) {
        bool ok = db_begin(db, err) && db_unbounded(db, true, err) && part(db, github_id, out, err) &&
                  db_commit(db, err);
        db_rollback(db);
        if (ok || err->code != ERR_DB_RETRY || i == TRIES)
            return ok;
        clock_sleep_ms(100);
    }
}

static bool alone(struct db *db, struct err *err)
{
    return db_run(db, Q_erase_alone, NULL, err) ||
           (err->code == ERR_TIMEOUT &&
            err_wrap(err, "another gitomatic forget is running: try again when it has finished"));
}

static void alone_no_more(struct db *db)
{
    struct err ignored;
    bool unlocked =
        db_run(db, Q_erase_alone_no_more, NULL, &ignored); /* otherwise the end of the connection unlocks */
    (void)unlocked;
}

static bool erase_traces(struct db *db, int64_t github_id, struct erased *out, struct err *err)
{
    return transact(db, erase_changes, github_id, out, err) &&
           transact(db, erase_mentions, github_id, out, err);
}

bool erasure_forget(struct db *db, int64_t github_id, struct erased *out, struct err *err)
{
    *out = (struct erased){0};
    if (!alone(db, err))
        return false;
    bool removed = transact(db, erase_person, github_id, out, err),
         ok = removed && erase_traces(db, github_id, out, err);
    if (!removed)
        err_wrap(err, "nothing was removed: run the command again");
    else if (!ok) /* the login is not known any more */
        err_wrap(err, "traces are left: complete the removal with gitomatic forget --id %lld",
                 (long long)github_id);
    alone_no_more(db);
    return ok;
}

/* The lock waits for pages that saw the tombstone, so that erasure_reread finds them. */
static bool remove_tombstone(struct db *db, int64_t github_id, bool *found_out, int64_t *forgotten_ms_out,
                             struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = db_begin(db, err) && db_run(db, Q_erase_lock, NULL, err) &&
              db_run(db, Q_erasure_undo, &rows, err, DB_I64(github_id)) && db_commit(db, err);
    db_rollback(db);
    if (!ok)
        return false;
    *found_out = rows.n > 0;
    *forgotten_ms_out = rows.n ? db_time(&rows, 0, COL_erasure_undo_forgotten_at) : 0;
    return true;
}

/* First completes an interrupted removal: pages with the person's id would otherwise not be read again. */
bool erasure_undo(struct db *db, int64_t github_id, bool *found_out, int64_t *forgotten_ms_out,
                  struct err *err)
{
    struct erased rest = {0};
    if (!alone(db, err))
        return false;
    bool ok = erase_traces(db, github_id, &rest, err) &&
              remove_tombstone(db, github_id, found_out, forgotten_ms_out, err) &&
              transact(db, reread_pages, 0, &rest, err);
    alone_no_more(db);
    return ok;
}

bool erasure_list(struct db *db, struct arena *a, struct tombstone **out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_erasure_list, &rows, err))
        return false;
    *out = arena_array(a, (size_t)rows.n, sizeof **out);
    for (int i = 0; i < rows.n; i++)
        (*out)[(*n_out)++] = (struct tombstone){arena_dup(a, db_text(&rows, i, COL_erasure_list_hash)),
                                                db_time(&rows, i, COL_erasure_list_forgotten_at)};
    return true;
}

bool erasure_on_page(struct db *db, slice page, bool *out, struct err *err)
{
    AUTO_ROWS any = {0};
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_erasure_any, &any, err))
        return false;
    *out = db_bool(&any, 0, COL_erasure_any_any);
    if (!*out)
        return true;
    if (!db_run(db, Q_erasure_on_page, &rows, err, DB_TEXT(page)))
        return false;
    *out = db_bool(&rows, 0, COL_erasure_on_page_any);
    return true;
}

bool erasure_knows(struct db *db, slice items, bool *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_erasure_knows, &rows, err, DB_TEXT(items)))
        return false;
    *out = db_bool(&rows, 0, COL_erasure_knows_any);
    return true;
}
