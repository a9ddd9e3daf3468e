#include "schema/graph/pages.h"
#include "core/model/listed_names.h"
#include "core/uuid/uuid.h"
#include <stdio.h>

static const char *const names[] = {
    [LIST_FOLLOWERS] = "developer_followers",    [LIST_FOLLOWING] = "developer_following",
    [LIST_STARRED] = "developer_starred",        [LIST_REPOSITORIES] = "developer_repositories",
    [LIST_STARGAZERS] = "repository_stargazers",
};

const char *page_list_name(enum page_list list)
{
    return names[list];
}

bool pages_names_ok(slice json, struct err *err)
{
    if (listed_names_ok(json))
        return true;
    err_set(err, ERR_DB, "an id, a login or a full name is none that GitHub gives");
    snprintf(err->sqlstate, sizeof err->sqlstate, "22023");
    return false;
}

static const int64_t *repeated(struct arena *a, int64_t value, size_t n)
{
    int64_t *items = arena_array(a, n, sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = value;
    return items;
}

/* What a look at a page found. times: of starring, by place; NULL: none were given. */
struct found {
    const int64_t *ids, *times;
    size_t n;
    const int64_t *gone, *organizations; /* of the ids */
    size_t n_gone, n_organizations;
};

/* Nearly always of none or a few. */
static bool holds(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* The part of a page whose edges hold, or (gone) of that whose edges wait, with its times. */
static struct found part_of(const struct found *f, bool gone, struct arena *a)
{
    int64_t *ids = arena_array(a, f->n, sizeof *ids), *times = arena_array(a, f->n, sizeof *times);
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (holds(f->organizations, f->n_organizations, f->ids[i]) ||
            holds(f->gone, f->n_gone, f->ids[i]) != gone)
            continue;
        ids[n] = f->ids[i];
        times[n++] = f->times ? f->times[i] : -1;
    }
    return (struct found){.ids = ids, .times = times, .n = n};
}

static bool add_edges(struct db *db, enum page_list list, int64_t subject, const struct found *f,
                      struct arena *a, struct err *err)
{
    const int64_t *one = list == LIST_FOLLOWERS || list == LIST_FOLLOWING ? NULL : repeated(a, subject, f->n);
    if (!f->n)
        return true;
    if (!one)
        return db_later(db, Q_pages_follows_add, err, DB_I64S(f->ids, f->n), DB_I64(subject),
                        DB_BOOL(list == LIST_FOLLOWERS));
    const int64_t *developers = list == LIST_STARRED ? one : f->ids,
                  *repositories = list == LIST_STARRED ? f->ids : one;
    return db_later(db, Q_pages_stars_add, err, DB_I64S(developers, f->n), DB_I64S(repositories, f->n),
                    DB_I64S(f->times, f->n));
}

/* The edges a page tells of; those to or from what is gone wait for it. */
static bool save_edges(struct db *db, enum page_list list, int64_t subject, const struct found *f,
                       struct arena *a, struct err *err)
{
    int kind = list == LIST_STARRED ? RECORD_REPOSITORY : RECORD_DEVELOPER;
    struct found whole = *f;
    if (!whole.times)
        whole.times = repeated(a, -1, whole.n);
    if (!f->n_gone && !f->n_organizations)
        return add_edges(db, list, subject, &whole, a, err);
    const struct found held = part_of(&whole, false, a), wait = part_of(&whole, true, a);
    return add_edges(db, list, subject, &held, a, err) &&
           (!wait.n || db_later(db, Q_pages_edges_wait, err, DB_I64(kind), DB_I64S(wait.ids, wait.n),
                                DB_CSTR(names[list]), DB_I64(subject), DB_I64S(wait.times, wait.n)));
}

/* People as a list names them. Whoever is on the page already known, unchanged and queued is not written about. */
static bool save_users(struct db *db, enum page_list list, int64_t subject, int64_t task_id, slice json,
                       const int64_t *times, size_t n_times, struct arena *a, struct page_saved *out,
                       struct err *err)
{
    AUTO_ROWS look = {0};
    struct found f = {.times = times};
    bool of_repository = list == LIST_STARGAZERS;
    if (!db_run(db, Q_pages_users_look, &look, err, DB_TEXT(json), DB_I64(of_repository ? 0 : subject),
                DB_I64(of_repository ? subject : 0), DB_BOOL(list == LIST_FOLLOWING)))
        return false;
    out->ids = f.ids = db_i64s(&look, 0, 0, a, &f.n);
    out->n_ids = f.n;
    if (n_times != f.n)
        f.times = NULL;
    f.gone = db_i64s(&look, 0, 2, a, &f.n_gone);
    if (list != LIST_FOLLOWING)
        f.organizations = db_i64s(&look, 0, 3, a, &f.n_organizations);
    out->subject_gone = db_bool(&look, 0, 4);
    out->n_unreadable = db_i64(&look, 0, 5);
    if (db_bool(&look, 0, 1) && !db_later(db, Q_pages_users, err, DB_TEXT(json), DB_I64(task_id)))
        return false;
    return out->subject_gone || save_edges(db, list, subject, &f, a, err);
}

/* A user listed twice keeps the first time, as the ids do. */
static bool save_stargazers(struct db *db, int64_t subject, int64_t task_id, slice json, struct arena *a,
                            struct page_saved *out, struct err *err)
{
    AUTO_ROWS split = {0};
    size_t n_times;
    if (!db_run(db, Q_pages_stargazers_split, &split, err, DB_TEXT(json)))
        return false;
    const int64_t *times = db_i64s(&split, 0, 1, a, &n_times);
    return save_users(db, LIST_STARGAZERS, subject, task_id, db_text(&split, 0, 0), times, n_times, a, out,
                      err);
}

static bool save_repositories(struct db *db, enum page_list list, int64_t subject, int64_t task_id,
                              slice json, struct arena *a, struct page_saved *out, struct err *err)
{
    AUTO_ROWS look = {0};
    struct found f = {0};
    size_t n_times;
    bool rehydrate = list == LIST_REPOSITORIES;
    if (!db_run(db, Q_pages_repositories_look, &look, err, DB_TEXT(json), DB_BOOL(rehydrate), DB_I64(subject),
                DB_BOOL(list == LIST_STARRED)))
        return false;
    out->ids = f.ids = db_i64s(&look, 0, 0, a, &f.n);
    out->n_ids = f.n;
    f.times = db_i64s(&look, 0, 1, a, &n_times);
    f.gone = db_i64s(&look, 0, 4, a, &f.n_gone);
    out->subject_gone = db_bool(&look, 0, 5);
    out->n_unreadable = db_i64(&look, 0, 6);
    if (db_bool(&look, 0, 3) && !db_later(db, Q_pages_owners, err, DB_TEXT(json), DB_I64(task_id)))
        return false;
    if (db_bool(&look, 0, 2) &&
        !db_later(db, Q_pages_repositories, err, DB_TEXT(json), DB_I64(task_id), DB_BOOL(rehydrate)))
        return false;
    return list != LIST_STARRED || out->subject_gone || save_edges(db, list, subject, &f, a, err);
}

bool pages_save(struct db *db, enum page_list list, int64_t subject, int64_t task_id, slice json,
                struct arena *a, struct page_saved *saved_out, struct err *err)
{
    *saved_out = (struct page_saved){0};
    if (!pages_names_ok(json, err) || !db_later(db, Q_pages_edges_lock, err))
        return false;
    if (list == LIST_STARRED || list == LIST_REPOSITORIES)
        return save_repositories(db, list, subject, task_id, json, a, saved_out, err);
    if (list == LIST_STARGAZERS)
        return save_stargazers(db, subject, task_id, json, a, saved_out, err);
    return save_users(db, list, subject, task_id, json, NULL, 0, a, saved_out, err);
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
    out->label = arena_dup(a, db_text(&rows, 0, 1));
    out->etag = db_is_null(&rows, 0, 2) ? NULL : arena_dup(a, db_text(&rows, 0, 2));
    out->ids = db_i64s(&rows, 0, 3, a, &out->n_ids);
    out->next_url = db_is_null(&rows, 0, 4) ? NULL : arena_dup(a, db_text(&rows, 0, 4));
    out->fetched_at_ms = db_time(&rows, 0, 5);
    return true;
}

bool pages_remember(struct db *db, const char *list, int64_t subject, int page, const char *label,
                    const char *etag, const int64_t *ids, size_t n_ids, const char *next_url, struct err *err)
{
    return db_later(db, Q_pages_remember, err, DB_CSTR(list), DB_I64(subject), DB_I64(page), DB_CSTR(label),
                    etag && *etag ? DB_CSTR(etag) : DB_NULL, DB_I64S(ids, n_ids), DB_CSTR(next_url));
}

bool pages_unchanged(struct db *db, const char *list, int64_t subject, int page, const char *label,
                     const char *etag, const char *next_url, struct err *err)
{
    return db_later(db, Q_pages_unchanged, err, DB_CSTR(list), DB_I64(subject), DB_I64(page), DB_CSTR(label),
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
