#include "schema/graph/pages.h"

static const char *const names[] = {
    [LIST_FOLLOWERS] = "developer_followers",    [LIST_FOLLOWING] = "developer_following",
    [LIST_STARRED] = "developer_starred",        [LIST_REPOSITORIES] = "developer_repositories",
    [LIST_STARGAZERS] = "repository_stargazers",
};

const char *page_list_name(enum page_list list)
{
    return names[list];
}

static const int64_t *repeated(struct arena *a, int64_t value, size_t n)
{
    int64_t *items = arena_array(a, n, sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = value;
    return items;
}

static bool save_stars(struct db *db, const int64_t *developers, const int64_t *repositories,
                       const int64_t *starred_ms, size_t n, struct err *err)
{
    return db_later(db, Q_pages_stars_add, err, DB_I64S(developers, n), DB_I64S(repositories, n),
                    DB_I64S(starred_ms, n));
}

/* People as a list names them. Whoever is on the page already known, unchanged and queued is not written about. */
static bool save_people(struct db *db, int64_t task_id, slice json, struct arena *a, struct page_saved *out,
                        struct err *err)
{
    AUTO_ROWS look = {0};
    if (!db_run(db, Q_pages_users_look, &look, err, DB_TEXT(json)))
        return false;
    out->ids = db_i64s(&look, 0, 0, a, &out->n_ids);
    return !db_bool(&look, 0, 1) || db_later(db, Q_pages_users, err, DB_TEXT(json), DB_I64(task_id));
}

static bool save_users(struct db *db, enum page_list list, int64_t subject, int64_t task_id, slice json,
                       struct arena *a, struct page_saved *out, struct err *err)
{
    if (!save_people(db, task_id, json, a, out, err))
        return false;
    return !out->n_ids || db_later(db, Q_pages_follows_add, err, DB_I64S(out->ids, out->n_ids),
                                   DB_I64(subject), DB_BOOL(list == LIST_FOLLOWERS));
}

/* The times go with the users by place; a user listed twice keeps the first, as the ids do. */
static bool save_stargazers(struct db *db, int64_t subject, int64_t task_id, slice json, struct arena *a,
                            struct page_saved *out, struct err *err)
{
    AUTO_ROWS split = {0};
    size_t n_times;
    if (!db_run(db, Q_pages_stargazers_split, &split, err, DB_TEXT(json)) ||
        !save_people(db, task_id, db_text(&split, 0, 0), a, out, err))
        return false;
    const int64_t *times = db_i64s(&split, 0, 1, a, &n_times);
    if (n_times != out->n_ids)
        times = repeated(a, -1, out->n_ids);
    return !out->n_ids || save_stars(db, out->ids, repeated(a, subject, out->n_ids), times, out->n_ids, err);
}

static bool save_repositories(struct db *db, enum page_list list, int64_t subject, int64_t task_id,
                              slice json, struct arena *a, struct page_saved *out, struct err *err)
{
    AUTO_ROWS look = {0};
    size_t n_times;
    bool rehydrate = list == LIST_REPOSITORIES;
    if (!db_run(db, Q_pages_repositories_look, &look, err, DB_TEXT(json), DB_BOOL(rehydrate)))
        return false;
    out->ids = db_i64s(&look, 0, 0, a, &out->n_ids);
    const int64_t *times = db_i64s(&look, 0, 1, a, &n_times);
    if (db_bool(&look, 0, 3) && !db_later(db, Q_pages_owners, err, DB_TEXT(json), DB_I64(task_id)))
        return false;
    if (db_bool(&look, 0, 2) &&
        !db_later(db, Q_pages_repositories, err, DB_TEXT(json), DB_I64(task_id), DB_BOOL(rehydrate)))
        return false;
    if (list != LIST_STARRED || !out->n_ids)
        return true;
    return save_stars(db, repeated(a, subject, out->n_ids), out->ids, times, out->n_ids, err);
}

bool pages_save(struct db *db, enum page_list list, int64_t subject, int64_t task_id, slice json,
                struct arena *a, struct page_saved *saved_out, struct err *err)
{
    *saved_out = (struct page_saved){0};
    if (list == LIST_STARRED || list == LIST_REPOSITORIES)
        return save_repositories(db, list, subject, task_id, json, a, saved_out, err);
    if (list == LIST_STARGAZERS)
        return save_stargazers(db, subject, task_id, json, a, saved_out, err);
    return save_users(db, list, subject, task_id, json, a, saved_out, err);
}

bool pages_recall(struct db *db, const char *list, int64_t subject, int page, struct arena *a,
                  struct page_memory *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct page_memory){0};
    if (!db_run(db, Q_pages_recall, &rows, err, DB_CSTR(list), DB_I64(subject), DB_I64(page)))
        return false;
    out->now_ms = db_time(&rows, 0, 0);
    out->name = db_is_null(&rows, 0, 6) ? NULL : arena_dup(a, db_text(&rows, 0, 6));
    if (db_is_null(&rows, 0, 5))
        return true;
    out->known = true;
    out->scope = arena_dup(a, db_text(&rows, 0, 1));
    out->etag = db_is_null(&rows, 0, 2) ? NULL : arena_dup(a, db_text(&rows, 0, 2));
    out->ids = db_i64s(&rows, 0, 3, a, &out->n_ids);
    out->next_url = db_is_null(&rows, 0, 4) ? NULL : arena_dup(a, db_text(&rows, 0, 4));
    out->fetched_at_ms = db_time(&rows, 0, 5);
    return true;
}

bool pages_remember(struct db *db, const char *list, int64_t subject, int page, const char *scope,
                    const char *etag, const int64_t *ids, size_t n_ids, const char *next_url, struct err *err)
{
    return db_later(db, Q_pages_remember, err, DB_CSTR(list), DB_I64(subject), DB_I64(page), DB_CSTR(scope),
                    etag && *etag ? DB_CSTR(etag) : DB_NULL, DB_I64S(ids, n_ids), DB_CSTR(next_url));
}

bool pages_unchanged(struct db *db, const char *list, int64_t subject, int page, const char *scope,
                     const char *etag, const char *next_url, struct err *err)
{
    return db_later(db, Q_pages_unchanged, err, DB_CSTR(list), DB_I64(subject), DB_I64(page), DB_CSTR(scope),
                    etag && *etag ? DB_CSTR(etag) : DB_NULL, DB_CSTR(next_url));
}

bool pages_pass_ended(struct db *db, enum page_list list, int64_t subject, int64_t started_ms,
                      struct err *err)
{
    return db_later(db, Q_pages_pass_ended, err, DB_CSTR(names[list]), DB_I64(subject), DB_TIME(started_ms));
}

bool pages_forget_after(struct db *db, enum page_list list, int64_t subject, int last_page, struct err *err)
{
    return db_later(db, Q_pages_forget_after, err, DB_CSTR(names[list]), DB_I64(subject), DB_I64(last_page));
}

bool pages_count_missing(struct db *db, enum page_list list, int64_t subject, int64_t started_ms,
                         int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = true;
    *n_out = 0;
    if (list == LIST_FOLLOWERS || list == LIST_FOLLOWING)
        ok = db_run(db, Q_pages_follows_missing, &rows, err, DB_CSTR(names[list]), DB_I64(subject),
                    DB_BOOL(list == LIST_FOLLOWERS), DB_TIME(started_ms));
    else if (list == LIST_STARRED)
        ok = db_run(db, Q_pages_starred_missing, &rows, err, DB_CSTR(names[list]), DB_I64(subject),
                    DB_TIME(started_ms));
    if (ok && rows.result)
        *n_out = db_i64(&rows, 0, 0);
    return ok;
}

bool pages_close_missing(struct db *db, enum page_list list, int64_t subject, int64_t started_ms,
                         int64_t task_id, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = true;
    if (list == LIST_REPOSITORIES) {
        ok = db_run(db, Q_pages_repositories_missing, &rows, err, DB_CSTR(names[list]), DB_I64(subject),
                    DB_I64(task_id));
    } else if (list != LIST_STARGAZERS) {
        enum query q = list == LIST_FOLLOWERS   ? Q_pages_followers_close
                       : list == LIST_FOLLOWING ? Q_pages_following_close
                                                : Q_pages_starred_close;
        ok = db_run(db, q, &rows, err, DB_CSTR(names[list]), DB_I64(subject), DB_TIME(started_ms));
    }
    *n_out = rows.affected;
    return ok;
}
