#include "schema/graph/pages.h"
#include "core/model/listed_names.h"
#include "core/uuid/uuid.h"
#include "schema/graph/page_items.h"
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
    err_set(err, ERR_DB, "a value does not have the type or form that GitHub gives it");
    snprintf(err->sqlstate, sizeof err->sqlstate, "22023");
    return false;
}

/* The comparison of a page. times: of starring, by index; NULL: none. */
struct found {
    const int64_t *ids, *times;
    size_t n;
    const int64_t *gone, *organizations; /* of the ids */
    size_t n_gone, n_organizations;
};

/* Edges of all the pages, in columns. */
struct edges {
    int64_t *from, *to, *times;
    size_t n;
};
struct all_edges {
    struct edges follows, stars;
    size_t capacity;
};

/* There are nearly always none, or a few. */
static bool holds(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static void add_edge(struct all_edges *all, enum page_list list, int64_t subject, int64_t id, int64_t ms)
{
    struct edges *e = list == LIST_FOLLOWERS || list == LIST_FOLLOWING ? &all->follows : &all->stars;
    bool from_subject = list == LIST_FOLLOWING || list == LIST_STARRED;
    e->from[e->n] = from_subject ? subject : id;
    e->to[e->n] = from_subject ? id : subject;
    e->times[e->n++] = ms;
}

/* The edges of a page; those to or from gone records wait. */
static bool take_edges(struct db *db, const struct page_save *page, const struct found *f,
                       struct all_edges *all, struct arena *a, struct err *err)
{
    int kind = page->list == LIST_STARRED ? RECORD_REPOSITORY : RECORD_DEVELOPER;
    int64_t *wait = f->n_gone ? arena_array(a, f->n, sizeof *wait) : NULL,
            *times = f->n_gone ? arena_array(a, f->n, sizeof *times) : NULL;
    size_t n_wait = 0;
    for (size_t i = 0; i < f->n; i++) {
        int64_t ms = f->times ? f->times[i] : -1;
        if (holds(f->organizations, f->n_organizations, f->ids[i]))
            continue;
        if (!holds(f->gone, f->n_gone, f->ids[i])) {
            add_edge(all, page->list, page->subject, f->ids[i], ms);
        } else {
            wait[n_wait] = f->ids[i];
            times[n_wait++] = ms;
        }
    }
    return !n_wait || db_later(db, Q_pages_edges_wait, err, DB_I64(kind), DB_I64S(wait, n_wait),
                               DB_CSTR(names[page->list]), DB_I64(page->subject), DB_I64S(times, n_wait));
}

static struct edges edges_for(size_t n, struct arena *a)
{
    return (struct edges){arena_array(a, n, sizeof(int64_t)), arena_array(a, n, sizeof(int64_t)),
                          arena_array(a, n, sizeof(int64_t)), 0};
}

static bool save_edges(struct db *db, struct page_save *const *pages, const struct found *found, size_t n,
                       struct arena *a, struct err *err)
{
    struct all_edges all = {0};
    for (size_t i = 0; i < n; i++)
        all.capacity += found[i].n;
    all.follows = edges_for(all.capacity, a);
    all.stars = edges_for(all.capacity, a);
    for (size_t i = 0; i < n; i++)
        if (pages[i]->list != LIST_REPOSITORIES && !pages[i]->subject_gone &&
            !take_edges(db, pages[i], &found[i], &all, a, err))
            return false;
    const struct edges *f = &all.follows, *s = &all.stars;
    return (!f->n || db_later(db, Q_pages_follows_add, err, DB_I64S(f->from, f->n), DB_I64S(f->to, f->n))) &&
           (!s->n || db_later(db, Q_pages_stars_add, err, DB_I64S(s->from, s->n), DB_I64S(s->to, s->n),
                              DB_I64S(s->times, s->n)));
}

/* ---- the pages' records ---- */

/* Parameters of the statements, an element for each page. */
struct columns {
    slice *texts;
    int64_t *tasks, *developers, *repositories, *persons, *rehydrate;
    size_t n;
};

static struct columns columns_for(size_t n, struct arena *a)
{
    return (struct columns){
        .texts = arena_array(a, n, sizeof(slice)),
        .tasks = arena_array(a, n, sizeof(int64_t)),
        .developers = arena_array(a, n, sizeof(int64_t)),
        .repositories = arena_array(a, n, sizeof(int64_t)),
        .persons = arena_array(a, n, sizeof(int64_t)),
        .rehydrate = arena_array(a, n, sizeof(int64_t)),
    };
}

static void add_page(struct columns *c, const struct page_save *page, slice text)
{
    bool of_repository = page->list == LIST_STARGAZERS;
    c->texts[c->n] = text;
    c->tasks[c->n] = page->task_id;
    c->developers[c->n] = of_repository ? 0 : page->subject;
    c->repositories[c->n] = of_repository ? page->subject : 0;
    c->persons[c->n] = page->list == LIST_FOLLOWING || page->list == LIST_STARRED;
    c->rehydrate[c->n++] = page->list == LIST_REPOSITORIES;
}

static bool split(struct page_items *items, const struct columns *pages, struct item_memory *memory,
                  struct arena *a, struct err *err)
{
    for (size_t i = 0; i < pages->n; i++)
        if (!page_items_add(items, (int64_t)i + 1, pages->texts[i], a, err))
            return false;
    page_items_recall(items, memory, db_connections(), a);
    return true;
}

/* Pages of stargazers become pages of users, and times. A user listed twice keeps the first time, as the ids do. */
static bool split_stargazers(struct db *db, struct page_save *const *pages, size_t n, slice *texts,
                             struct found *found, struct arena *a, struct err *err)
{
    AUTO_ROWS split = {0};
    struct columns c = columns_for(n, a);
    int row = 0;
    for (size_t i = 0; i < n; i++) {
        texts[i] = pages[i]->json;
        if (pages[i]->list == LIST_STARGAZERS)
            add_page(&c, pages[i], pages[i]->json);
    }
    if (!c.n)
        return true;
    if (!db_run(db, Q_pages_stargazers_split, &split, err, DB_TEXTS(c.texts, c.n)))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (pages[i]->list != LIST_STARGAZERS)
            continue;
        slice text = db_text(&split, row, COL_pages_stargazers_split_page);
        texts[i] = slice_from(arena_dup(a, text), text.len);
        found[i].times = db_i64s(&split, row++, COL_pages_stargazers_split_times, a, &found[i].n);
    }
    return true;
}

/* Users in lists. Pages whose users are all known, unchanged and queued write nothing. */
static bool save_users(struct db *db, struct page_save *const *pages, size_t n, struct item_memory *memory,
                       struct arena *a, struct err *err)
{
    AUTO_ROWS look = {0};
    struct page_items items = {.shape = ITEMS_OF_USERS};
    struct found *found = arena_array(a, n, sizeof *found);
    slice *texts = arena_array(a, n, sizeof *texts);
    struct columns all = columns_for(n, a), written = columns_for(n, a);
    if (!split_stargazers(db, pages, n, texts, found, a, err))
        return false;
    for (size_t i = 0; i < n; i++)
        add_page(&all, pages[i], texts[i]);
    if (!split(&items, &all, memory, a, err) ||
        !db_run(db, Q_pages_users_look, &look, err, DB_I64S(items.pages, items.n),
                DB_TEXTS(items.texts, items.n), DB_I64S(items.ids, items.n), DB_I64S(items.versions, items.n),
                DB_I64S(all.developers, n), DB_I64S(all.repositories, n), DB_I64S(all.persons, n)))
        return false;
    for (int i = 0; i < (int)n; i++) {
        struct found *f = &found[i];
        size_t n_times = f->n;
        pages[i]->ids = f->ids = db_i64s(&look, i, COL_pages_users_look_ids, a, &f->n);
        pages[i]->n_ids = f->n;
        if (n_times != f->n)
            f->times = NULL;
        f->gone = db_i64s(&look, i, COL_pages_users_look_gone, a, &f->n_gone);
        if (pages[i]->list != LIST_FOLLOWING)
            f->organizations = db_i64s(&look, i, COL_pages_users_look_organizations, a, &f->n_organizations);
        pages[i]->subject_gone = db_bool(&look, i, COL_pages_users_look_subject_gone);
        pages[i]->n_unreadable = db_i64(&look, i, COL_pages_users_look_unreadable);
        size_t n_differing, n_same, n_too;
        const int64_t *differing = db_i64s(&look, i, COL_pages_users_look_differing, a, &n_differing);
        if (n_differing)
            add_page(&written, pages[i], page_items_pick(&items, differing, n_differing, a));
        const int64_t *same = db_i64s(&look, i, COL_pages_users_look_same, a, &n_same);
        page_items_remember(&items, memory, same, db_i64s(&look, i, COL_pages_users_look_same_ids, a, &n_too),
                            db_i64s(&look, i, COL_pages_users_look_same_versions, a, &n_too), NULL, n_same);
    }
    return (!written.n || db_later(db, Q_pages_users, err, DB_TEXTS(written.texts, written.n),
                                   DB_I64S(written.tasks, written.n))) &&
           save_edges(db, pages, found, n, a, err);
}

static bool run_repositories(struct db *db, const struct page_items *items, const struct columns *pages,
                             struct db_rows *saved, struct err *err)
{
    return db_run(db, Q_pages_repositories, saved, err, DB_I64S(items->pages, items->n),
                  DB_TEXTS(items->texts, items->n), DB_TEXTS(items->starred, items->n),
                  DB_I64S(items->ids, items->n), DB_I64S(items->versions, items->n),
                  DB_I64S(items->owner_versions, items->n), DB_I64S(pages->tasks, pages->n),
                  DB_I64S(pages->rehydrate, pages->n), DB_I64S(pages->developers, pages->n),
                  DB_I64S(pages->persons, pages->n));
}

static void remember_repositories(const struct page_items *items, const struct db_rows *saved, int row,
                                  struct item_memory *memory, struct arena *a)
{
    size_t n, n_too;
    const int64_t *same = db_i64s(saved, row, COL_pages_repositories_same, a, &n);
    page_items_remember(items, memory, same, db_i64s(saved, row, COL_pages_repositories_same_ids, a, &n_too),
                        db_i64s(saved, row, COL_pages_repositories_same_versions, a, &n_too),
                        db_i64s(saved, row, COL_pages_repositories_same_owner_versions, a, &n_too), n);
}

static bool save_repositories(struct db *db, struct page_save *const *pages, size_t n,
                              struct item_memory *memory, struct arena *a, struct err *err)
{
    AUTO_ROWS saved = {0};
    struct page_items items = {.shape = ITEMS_OF_REPOSITORIES};
    struct found *found = arena_array(a, n, sizeof *found);
    struct columns all = columns_for(n, a), owners = columns_for(n, a);
    for (size_t i = 0; i < n; i++)
        add_page(&all, pages[i], pages[i]->json);
    if (!split(&items, &all, memory, a, err) || !run_repositories(db, &items, &all, &saved, err))
        return false;
    for (int i = 0; i < (int)n; i++) {
        struct found *f = &found[i];
        size_t n_times;
        pages[i]->ids = f->ids = db_i64s(&saved, i, COL_pages_repositories_ids, a, &f->n);
        pages[i]->n_ids = f->n;
        f->times = db_i64s(&saved, i, COL_pages_repositories_times, a, &n_times);
        if (!db_is_null(&saved, i, COL_pages_repositories_owners))
            add_page(&owners, pages[i], db_text(&saved, i, COL_pages_repositories_owners));
        f->gone = db_i64s(&saved, i, COL_pages_repositories_gone, a, &f->n_gone);
        pages[i]->withheld = db_bool(&saved, i, COL_pages_repositories_withheld);
        pages[i]->subject_gone = db_bool(&saved, i, COL_pages_repositories_subject_gone);
        pages[i]->n_unreadable = db_i64(&saved, i, COL_pages_repositories_unreadable);
        remember_repositories(&items, &saved, i, memory, a);
    }
    return (!owners.n || db_later(db, Q_pages_owners, err, DB_TEXTS(owners.texts, owners.n),
                                  DB_I64S(owners.tasks, owners.n))) &&
           save_edges(db, pages, found, n, a, err);
}

bool pages_save(struct db *db, struct page_save *pages, size_t n, struct item_memory *memory, struct arena *a,
                struct err *err)
{
    struct page_save **users = arena_array(a, n, sizeof(struct page_save *)),
                     **repositories = arena_array(a, n, sizeof(struct page_save *));
    size_t n_users = 0, n_repositories = 0;
    for (size_t i = 0; i < n; i++) {
        if (!pages_names_ok(pages[i].json, err))
            return false;
        if (pages[i].list == LIST_STARRED || pages[i].list == LIST_REPOSITORIES)
            repositories[n_repositories++] = &pages[i];
        else
            users[n_users++] = &pages[i];
    }
    return db_later(db, Q_pages_edges_lock, err) &&
           (!n_users || save_users(db, users, n_users, memory, a, err)) &&
           (!n_repositories || save_repositories(db, repositories, n_repositories, memory, a, err));
}

bool pages_save_repositories(struct db *db, slice json, int64_t task_id, struct arena *a, struct err *err)
{
    AUTO_ROWS saved = {0};
    struct page_items items = {.shape = ITEMS_OF_REPOSITORIES};
    struct columns page = columns_for(1, a);
    add_page(&page, &(struct page_save){.list = LIST_STARGAZERS, .task_id = task_id}, json);
    if (!split(&items, &page, NULL, a, err) || !run_repositories(db, &items, &page, &saved, err))
        return false;
    slice owners = db_text(&saved, 0, COL_pages_repositories_owners);
    return db_is_null(&saved, 0, COL_pages_repositories_owners) ||
           db_run(db, Q_pages_owners, NULL, err, DB_TEXTS(&owners, 1), DB_I64S(&task_id, 1));
}

/* ---- the memory of pages ---- */

static struct page_memory memory_of(const struct db_rows *rows, int row, struct arena *a)
{
    struct page_memory m = {.now_ms = db_time(rows, row, COL_pages_recall_now)};
    m.name = db_is_null(rows, row, COL_pages_recall_subject_name)
                 ? NULL
                 : arena_dup(a, db_text(rows, row, COL_pages_recall_subject_name));
    if (db_is_null(rows, row, COL_pages_recall_fetched_at))
        return m;
    m.known = true;
    m.label = arena_dup(a, db_text(rows, row, COL_pages_recall_scope));
    m.etag = db_is_null(rows, row, COL_pages_recall_etag)
                 ? NULL
                 : arena_dup(a, db_text(rows, row, COL_pages_recall_etag));
    m.ids = db_i64s(rows, row, COL_pages_recall_ids, a, &m.n_ids);
    m.next_url = db_is_null(rows, row, COL_pages_recall_next_url)
                     ? NULL
                     : arena_dup(a, db_text(rows, row, COL_pages_recall_next_url));
    m.fetched_at_ms = db_time(rows, row, COL_pages_recall_fetched_at);
    return m;
}

struct page_memory page_memory_dup(const struct page_memory *m, struct arena *a)
{
    struct page_memory copy = *m;
    int64_t *ids = arena_array(a, m->n_ids, sizeof *ids);
    if (m->n_ids)
        memcpy(ids, m->ids, m->n_ids * sizeof *ids);
    copy.ids = ids;
    copy.label = arena_strdup(a, m->label);
    copy.etag = arena_strdup(a, m->etag);
    copy.next_url = arena_strdup(a, m->next_url);
    copy.name = arena_strdup(a, m->name);
    return copy;
}

bool pages_recall_all(struct db *db, const struct page_key *keys, size_t n, struct arena *a,
                      struct page_memory *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    slice *lists = arena_array(a, n, sizeof *lists);
    int64_t *subjects = arena_array(a, n, sizeof *subjects), *pages = arena_array(a, n, sizeof *pages);
    for (size_t i = 0; i < n; i++) {
        lists[i] = slice_of(keys[i].list);
        subjects[i] = keys[i].subject;
        pages[i] = keys[i].page;
    }
    if (!db_run(db, Q_pages_recall, &rows, err, DB_TEXTS(lists, n), DB_I64S(subjects, n), DB_I64S(pages, n)))
        return false;
    for (int i = 0; i < rows.n; i++)
        out[i] = memory_of(&rows, i, a);
    return true;
}

bool pages_recall(struct db *db, const char *list, int64_t subject, int page, struct arena *a,
                  struct page_memory *out, struct err *err)
{
    *out = (struct page_memory){0};
    return pages_recall_all(db, &(struct page_key){list, subject, page}, 1, a, out, err);
}

/* NULL and "" become null. */
static slice text_or_null(const char *text)
{
    return text && *text ? slice_of(text) : (slice){0};
}

bool pages_remember(struct db *db, const struct page_answer *answers, size_t n, struct arena *a,
                    struct err *err)
{
    slice *lists = arena_array(a, n, sizeof *lists), *scopes = arena_array(a, n, sizeof *scopes),
          *etags = arena_array(a, n, sizeof *etags), *next_urls = arena_array(a, n, sizeof *next_urls);
    int64_t *subjects = arena_array(a, n, sizeof *subjects), *pages = arena_array(a, n, sizeof *pages),
            *ends = arena_array(a, n, sizeof *ends);
    size_t n_ids = 0;
    for (size_t i = 0; i < n; i++)
        n_ids += answers[i].n_ids;
    int64_t *ids = arena_array(a, n_ids, sizeof *ids);
    n_ids = 0;
    for (size_t i = 0; i < n; i++) {
        const struct page_answer *one = &answers[i];
        lists[i] = slice_of(one->key.list);
        subjects[i] = one->key.subject;
        pages[i] = one->key.page;
        scopes[i] = slice_of(one->label);
        etags[i] = text_or_null(one->etag);
        next_urls[i] = text_or_null(one->next_url);
        for (size_t k = 0; k < one->n_ids; k++)
            ids[n_ids++] = one->ids[k];
        ends[i] = (int64_t)n_ids;
    }
    return !n || db_later(db, Q_pages_remember, err, DB_TEXTS(lists, n), DB_I64S(subjects, n),
                          DB_I64S(pages, n), DB_TEXTS(scopes, n), DB_TEXTS(etags, n), DB_I64S(ids, n_ids),
                          DB_I64S(ends, n), DB_TEXTS(next_urls, n));
}

bool pages_unchanged(struct db *db, const char *list, int64_t subject, int page, const char *label,
                     const char *etag, const char *next_url, struct err *err)
{
    return db_later(db, Q_pages_unchanged, err, DB_CSTR(list), DB_I64(subject), DB_I64(page), DB_CSTR(label),
                    etag && *etag ? DB_CSTR(etag) : DB_NULL, DB_CSTR(next_url));
}

/* ---- a pass and its end ---- */

struct pass_columns {
    slice *lists;
    int64_t *subjects, *started, *last_pages, *tasks;
};

static struct pass_columns columns_of(const struct page_pass *passes, size_t n, struct arena *a)
{
    struct pass_columns c = {arena_array(a, n, sizeof(slice)), arena_array(a, n, sizeof(int64_t)),
                             arena_array(a, n, sizeof(int64_t)), arena_array(a, n, sizeof(int64_t)),
                             arena_array(a, n, sizeof(int64_t))};
    for (size_t i = 0; i < n; i++) {
        c.lists[i] = slice_of(names[passes[i].list]);
        c.subjects[i] = passes[i].subject;
        c.started[i] = passes[i].started_ms;
        c.last_pages[i] = passes[i].last_page;
        c.tasks[i] = passes[i].task_id;
    }
    return c;
}

bool pages_pass_ended(struct db *db, const struct page_pass *passes, size_t n, struct arena *a,
                      struct err *err)
{
    const struct pass_columns c = columns_of(passes, n, a);
    return !n || db_later(db, Q_pages_pass_ended, err, DB_TEXTS(c.lists, n), DB_I64S(c.subjects, n),
                          DB_I64S(c.started, n));
}

bool pages_count_missing(struct db *db, struct page_pass *passes, size_t n, struct arena *a, struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct pass_columns c = columns_of(passes, n, a);
    if (!n)
        return true;
    if (!db_later(db, Q_pages_forget_after, err, DB_TEXTS(c.lists, n), DB_I64S(c.subjects, n),
                  DB_I64S(c.last_pages, n)) ||
        !db_run(db, Q_pages_missing, &rows, err, DB_TEXTS(c.lists, n), DB_I64S(c.subjects, n),
                DB_I64S(c.started, n)))
        return false;
    for (int i = 0; i < rows.n; i++)
        passes[i].n_missing = db_i64(&rows, i, COL_pages_missing_n);
    return true;
}

static bool close_edges(struct db *db, const struct page_pass *pass, struct err *err)
{
    enum query q = pass->list == LIST_FOLLOWERS   ? Q_pages_followers_close
                   : pass->list == LIST_FOLLOWING ? Q_pages_following_close
                                                  : Q_pages_starred_close;
    return db_run(db, q, NULL, err, DB_CSTR(names[pass->list]), DB_I64(pass->subject),
                  DB_TIME(pass->started_ms));
}

bool pages_close_missing(struct db *db, const struct page_pass *passes, size_t n, struct arena *a,
                         struct err *err)
{
    struct page_pass *owned = arena_array(a, n, sizeof *owned);
    size_t n_owned = 0;
    for (size_t i = 0; i < n; i++) {
        if (passes[i].list == LIST_REPOSITORIES)
            owned[n_owned++] = passes[i];
        else if (passes[i].list != LIST_STARGAZERS && passes[i].n_missing &&
                 !close_edges(db, &passes[i], err))
            return false;
    }
    const struct pass_columns c = columns_of(owned, n_owned, a);
    return !n_owned || db_later(db, Q_pages_repositories_missing, err, DB_I64S(c.subjects, n_owned),
                                DB_I64S(c.tasks, n_owned));
}
