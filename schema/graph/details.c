#include "schema/graph/details.h"
#include "core/base/clock.h"
#include "schema/graph/pages.h"
#include "schema/graph/stored_part.h"

static int64_t count_or_unknown(const struct db_rows *rows, int row, int col)
{
    return db_is_null(rows, row, col) ? -1 : db_i64(rows, row, col);
}

static struct developer_ref developer_from_row(const struct db_rows *rows, int row, struct arena *a)
{
    return (struct developer_ref){
        .known = true,
        .github_id = db_i64(rows, row, COL_details_find_logins_github_id),
        .login = arena_dup(a, db_text(rows, row, COL_details_find_logins_login)),
        .type = db_is_null(rows, row, COL_details_find_logins_type)
                    ? "User"
                    : arena_dup(a, db_text(rows, row, COL_details_find_logins_type)),
        .followers = count_or_unknown(rows, row, COL_details_find_logins_followers_count),
        .following = count_or_unknown(rows, row, COL_details_find_logins_following_count),
        .public_repos = count_or_unknown(rows, row, COL_details_find_logins_public_repos),
    };
}

static struct repository_ref repository_from_row(const struct db_rows *rows, int row, struct arena *a)
{
    return (struct repository_ref){
        .known = true,
        .github_id = db_i64(rows, row, COL_details_find_full_name_github_id),
        .full_name = arena_dup(a, db_text(rows, row, COL_details_find_full_name_full_name)),
        .owner_github_id = db_i64(rows, row, COL_details_find_full_name_owner_github_id),
        .stargazers = count_or_unknown(rows, row, COL_details_find_full_name_stargazers_count),
    };
}

bool details_save_developers(struct db *db, const slice *pages, const int64_t *tasks, size_t n_pages,
                             struct arena *a, struct developer_ref **refs_out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    slice *stored = arena_array(a, n_pages, sizeof *stored);
    for (size_t i = 0; i < n_pages; i++) {
        stored[i] = stored_part(pages[i], a);
        if (!pages_names_ok(stored[i], err))
            return false;
    }
    if (!db_run(db, Q_details_developers, &rows, err, DB_TEXTS(stored, n_pages), DB_I64S(tasks, n_pages)))
        return false;
    *n_out = (size_t)rows.n;
    *refs_out = arena_array(a, *n_out, sizeof **refs_out);
    for (int i = 0; i < rows.n; i++) {
        struct developer_ref *ref = &(*refs_out)[i];
        *ref = developer_from_row(&rows, i, a);
        ref->page = (size_t)db_i64(&rows, i, COL_details_developers_p) - 1;
        ref->changed = db_bool(&rows, i, COL_details_developers_changed);
        if (db_bool(&rows, i, COL_details_developers_turned) &&
            !db_later(db, Q_details_turned_organization, err, DB_I64(ref->github_id)))
            return false;
        if (db_bool(&rows, i, COL_details_developers_back) &&
            !db_later(db, Q_details_developer_back, err, DB_I64(ref->github_id)))
            return false;
    }
    return true;
}

bool details_save_repositories(struct db *db, slice json, int64_t task_id, struct arena *a,
                               struct repository_ref **refs_out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    size_t n_owners = 0;
    slice stored = stored_part(json, a);
    if (!pages_names_ok(stored, err) ||
        !db_run(db, Q_details_repositories, &rows, err, DB_TEXT(stored), DB_I64(task_id)))
        return false;
    *n_out = (size_t)rows.n;
    *refs_out = arena_array(a, *n_out, sizeof **refs_out);
    slice *owners = arena_array(a, *n_out, sizeof *owners);
    int64_t *tasks = arena_array(a, *n_out, sizeof *tasks);
    for (int i = 0; i < rows.n; i++) {
        (*refs_out)[i] = repository_from_row(&rows, i, a);
        (*refs_out)[i].changed = db_bool(&rows, i, COL_details_repositories_changed);
        if (!db_is_null(&rows, i, COL_details_repositories_owner_page)) {
            owners[n_owners] = db_text(&rows, i, COL_details_repositories_owner_page);
            tasks[n_owners++] = task_id;
        }
        if (db_bool(&rows, i, COL_details_repositories_back) &&
            !db_later(db, Q_details_repository_back, err, DB_I64((*refs_out)[i].github_id)))
            return false;
    }
    return !n_owners ||
           db_later(db, Q_pages_owners, err, DB_TEXTS(owners, n_owners), DB_I64S(tasks, n_owners));
}

bool details_developer_gone(struct db *db, int64_t github_id, int64_t task_id, const char *reason,
                            struct err *err)
{
    return db_later(db, Q_details_gone_lock, err) &&
           db_run(db, Q_details_developer_gone, NULL, err, DB_I64(github_id), DB_CSTR(reason)) &&
           db_run(db, Q_details_repositories_of_gone, NULL, err, DB_I64(github_id), DB_I64(task_id));
}

bool details_repository_gone(struct db *db, int64_t github_id, const char *reason, struct err *err)
{
    return db_later(db, Q_details_gone_lock, err) &&
           db_run(db, Q_details_repository_gone, NULL, err, DB_I64(github_id), DB_CSTR(reason));
}

/* ---- after an import, which may bring many at once ---- */

#define TRIES 5 /* a crawl may write the same rows */

static bool settle(struct db *db, enum query q, const int64_t *github_id, struct err *err)
{
    for (int tries = 1;; tries++) {
        if (github_id ? db_run(db, q, NULL, err, DB_I64(*github_id)) : db_run(db, q, NULL, err))
            return true;
        if (err->code != ERR_DB_RETRY || tries == TRIES)
            return false;
        clock_sleep_ms(100 * tries);
    }
}

static bool settle_organizations(struct db *db, struct err *err)
{
    AUTO_ROWS turned = {0};
    bool ok = db_run(db, Q_details_turned_imported, &turned, err);
    for (int i = 0; ok && i < turned.n; i++) {
        int64_t id = db_i64(&turned, i, COL_details_turned_imported_github_id);
        ok = settle(db, Q_details_turned_organization, &id, err);
    }
    return ok;
}

/* In transactions that hold the lock of pages with edges, so that no record is found gone meanwhile. */
static bool settle_returned(struct db *db, struct err *err)
{
    AUTO_ROWS back = {0};
    bool ok = db_run(db, Q_details_back_imported, &back, err);
    for (int i = 0; ok && i < back.n; i++) {
        int64_t id = db_i64(&back, i, COL_details_back_imported_github_id);
        enum query q = db_bool(&back, i, COL_details_back_imported_developer) ? Q_details_developer_back
                                                                              : Q_details_repository_back;
        for (int tries = 1; !(ok = db_begin(db, err) && db_run(db, Q_pages_edges_lock, NULL, err) &&
                                   db_run(db, q, NULL, err, DB_I64(id)) && db_commit(db, err));
             tries++) {
            db_rollback(db);
            if (err->code != ERR_DB_RETRY || tries == TRIES)
                return false;
            clock_sleep_ms(100 * tries);
        }
    }
    return ok;
}

bool details_settle_import(struct db *db, struct err *err)
{
    /* Held briefly: pages that take them for existing, or for people, are stored by then, and later pages see the new state. */
    if (!db_begin(db, err))
        return false;
    if (!db_run(db, Q_details_gone_lock, NULL, err) || !db_commit(db, err)) {
        db_rollback(db);
        return false;
    }
    return settle(db, Q_details_follows_of_gone, NULL, err) &&
           settle(db, Q_details_stars_of_gone, NULL, err) && settle_organizations(db, err) &&
           settle_returned(db, err) && settle(db, Q_details_plans_of_imported, NULL, err);
}

static bool find_repository(struct db *db, enum query q, struct db_arg key, struct arena *a,
                            struct repository_ref *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct repository_ref){0};
    if (!db_run(db, q, &rows, err, key))
        return false;
    if (rows.n) {
        *out = repository_from_row(&rows, 0, a);
        out->gone = db_bool(&rows, 0, COL_details_find_full_name_known);
    }
    return true;
}

bool details_find_logins(struct db *db, const char *const *logins, size_t n, struct arena *a,
                         struct developer_ref *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    slice *texts = arena_array(a, n, sizeof *texts);
    for (size_t i = 0; i < n; i++) {
        texts[i] = slice_of(logins[i]);
        out[i] = (struct developer_ref){0};
    }
    if (!db_run(db, Q_details_find_logins, &rows, err, DB_TEXTS(texts, n)))
        return false;
    for (int i = 0; i < rows.n; i++) {
        struct developer_ref *ref = &out[db_i64(&rows, i, COL_details_find_logins_ord) - 1];
        *ref = developer_from_row(&rows, i, a);
        ref->gone = db_bool(&rows, i, COL_details_find_logins_known);
    }
    return true;
}

bool details_find_login(struct db *db, const char *login, struct arena *a, struct developer_ref *out,
                        struct err *err)
{
    return details_find_logins(db, &login, 1, a, out, err);
}

bool details_find_full_name(struct db *db, const char *full_name, struct arena *a, struct repository_ref *out,
                            struct err *err)
{
    return find_repository(db, Q_details_find_full_name, DB_CSTR(full_name), a, out, err);
}

bool details_edges_known(struct db *db, const int64_t *github_ids, size_t n, struct edges_known *out,
                         struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_details_edges_known, &rows, err, DB_I64S(github_ids, n)))
        return false;
    for (int i = 0; i < rows.n; i++)
        out[i] = (struct edges_known){db_bool(&rows, i, COL_details_edges_known_followers),
                                      db_bool(&rows, i, COL_details_edges_known_following),
                                      db_bool(&rows, i, COL_details_edges_known_stars),
                                      db_bool(&rows, i, COL_details_edges_known_repositories)};
    return true;
}

bool details_queue(struct db *db, int kind, int64_t github_id, int64_t task_id, struct err *err)
{
    return db_later(db, Q_details_queue, err, DB_I64(kind), DB_I64(github_id), DB_I64(task_id));
}

bool details_starred_repositories_of(struct db *db, const int64_t *owners, size_t n_owners, struct arena *a,
                                     struct repository_ref **refs_out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_details_starred_repositories_of, &rows, err, DB_I64S(owners, n_owners)))
        return false;
    *n_out = (size_t)rows.n;
    *refs_out = arena_array(a, *n_out, sizeof **refs_out);
    for (int i = 0; i < rows.n; i++)
        (*refs_out)[i] = (struct repository_ref){
            .known = true,
            .github_id = db_i64(&rows, i, COL_details_starred_repositories_of_github_id),
            .full_name = arena_dup(a, db_text(&rows, i, COL_details_starred_repositories_of_full_name)),
            .owner_github_id = db_i64(&rows, i, COL_details_starred_repositories_of_owner),
            .stargazers = count_or_unknown(&rows, i, COL_details_starred_repositories_of_stargazers_count),
        };
    return true;
}

bool details_save_star_days(struct db *db, int64_t repository_github_id, const int64_t *days,
                            const int64_t *stars, size_t n, int64_t first, int64_t last, struct err *err)
{
    return db_run(db, Q_details_star_days, NULL, err, DB_I64(repository_github_id), DB_I64S(days, n),
                  DB_I64S(stars, n)) &&
           (first > last || db_run(db, Q_details_star_days_empty, NULL, err, DB_I64(repository_github_id),
                                   DB_I64S(days, n), DB_I64(first), DB_I64(last)));
}

bool details_stars_added(struct db *db, int64_t repository_github_id, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_details_stars_added, &rows, err, DB_I64(repository_github_id)))
        return false;
    *n_out = db_i64(&rows, 0, COL_details_stars_added_n);
    return true;
}
