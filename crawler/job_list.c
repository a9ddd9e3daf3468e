/* The lists: followers, following, starred, repositories, stargazers. The requests, and the meaning of answers; list_pages.c
 * saves the pages. */
#include "core/base/rnd.h"
#include "core/json/jr.h"
#include "crawler/jobs.h"
#include "crawler/list_pages.h"
#include "github/url.h"

#define MAX_PAGES 100000

static enum page_list list_of(enum job_kind kind)
{
    static const enum page_list lists[JOB_N_KINDS] = {
        [JOB_DEVELOPER_FOLLOWERS] = LIST_FOLLOWERS,    [JOB_DEVELOPER_FOLLOWING] = LIST_FOLLOWING,
        [JOB_DEVELOPER_STARRED] = LIST_STARRED,        [JOB_DEVELOPER_REPOSITORIES] = LIST_REPOSITORIES,
        [JOB_REPOSITORY_STARGAZERS] = LIST_STARGAZERS,
    };
    return lists[kind];
}

static bool is_timed(enum page_list list)
{
    return list == LIST_STARRED || list == LIST_STARGAZERS;
}

static const char *accept_of(enum page_list list)
{
    return is_timed(list) ? ACCEPT_STAR : ACCEPT_JSON;
}

char *list_first_url(struct work *w, const struct list_state *s)
{
    static const char *const paths[] = {
        [LIST_FOLLOWERS] = "followers", [LIST_FOLLOWING] = "following",   [LIST_STARRED] = "starred",
        [LIST_REPOSITORIES] = "repos",  [LIST_STARGAZERS] = "stargazers",
    };
    slice owner, name;
    if (s->list != LIST_STARGAZERS)
        return work_url(w, "/users/%s/%s?per_page=%d", gh_url_segment(w->arena, slice_of(s->name)),
                        paths[s->list], LIST_PER_PAGE);
    slice rest = slice_of(s->name);
    if (!slice_split(&rest, '/', &owner))
        owner = rest;
    name = rest;
    return work_url(w, "/repos/%s/%s/%s?per_page=%d", gh_url_segment(w->arena, owner),
                    gh_url_segment(w->arena, name), paths[s->list], LIST_PER_PAGE);
}

/* ---- the cursor ---- */

slice list_cursor(struct work *w, const struct list_state *s)
{
    const struct work_field fields[] = {
        {"page", NULL, s->page},
        {"pass", NULL, s->pass},
        {"started", NULL, s->started_ms},
        {"ids", NULL, s->n_ids},
        {"changed", NULL, s->changed},
        {"partial", NULL, s->partial},
        {"unreadable", NULL, s->unreadable},
        {"looked_up", NULL, s->looked_up},
        {"proven", s->proven ? s->proven : "", 0},
        {s->url ? "url" : NULL, s->url, 0},
        {s->mark ? "mark" : NULL, s->mark, 0},
        {NULL, NULL, 0},
    };
    return work_json(w, fields);
}

void list_start_pass(struct list_state *s)
{
    s->page = 1;
    s->url = s->mark = NULL;
    s->n_ids = 0;
    s->changed = s->partial = s->unreadable = false;
    if (!s->pass) /* a confirming pass checks the same edges */
        s->started_ms = 0;
}

static bool read_state(struct work *w, struct list_state *s, struct err *err)
{
    const struct cursor *args = cursor_read(w->job.args, w->arena),
                        *at = cursor_read(w->job.cursor, w->arena);
    s->list = list_of(w->job.kind);
    s->subject = cursor_i64(args, "id", 0);
    s->count = cursor_i64(args, "count", -1);
    s->name = cursor_text(args, "name");
    if (!s->subject || !s->name)
        return err_set(err, ERR_INTERNAL, "job %lld has no id and name in its args", (long long)w->job.id);
    s->looked_up = (int)cursor_i64(at, "looked_up", 0);
    s->proven = cursor_text(at, "proven");
    s->page = (int)cursor_i64(at, "page", 0);
    if (s->page < 1) {
        list_start_pass(s);
        return true;
    }
    s->pass = (int)cursor_i64(at, "pass", 0);
    s->started_ms = cursor_i64(at, "started", 0);
    s->n_ids = cursor_i64(at, "ids", 0);
    s->changed = cursor_i64(at, "changed", 0) != 0;
    s->partial = cursor_i64(at, "partial", 0) != 0;
    s->unreadable = cursor_i64(at, "unreadable", 0) != 0;
    s->url = cursor_text(at, "url");
    s->mark = cursor_text(at, "mark");
    if (s->url) /* the base may have changed since */
        s->url = gh_url_same_origin(w->arena, work_config(w)->github_api_url, slice_of(s->url));
    if (!s->url && s->page > 1)
        list_start_pass(s);
    return true;
}

/* ---- lists that GitHub does not have of organizations ---- */

#define NO_SUCH_LIST "restricted: GitHub has no such list of an organization"
#define NOBODYS      "" /* no credential's label: the page means that the list does not exist */

/* Whether it is a list that only people have, of an organization. Organizations have repositories. */
static bool may_lack_list(struct work *w, struct db *db, const struct list_state *s, bool *out,
                          struct err *err)
{
    struct developer_ref d;
    *out = false;
    if (s->list != LIST_FOLLOWERS && s->list != LIST_FOLLOWING && s->list != LIST_STARRED)
        return true;
    if (!details_find_login(db, s->name, w->arena, &d, err))
        return false;
    *out = d.known && d.github_id == s->subject && strcmp(d.type, "Organization") == 0;
    return true;
}

/* Not requested again for a while. An organization that has become a user has such lists. */
static bool is_absent(struct work *w, struct db *db, const struct list_state *s, bool *absent_out,
                      struct err *err)
{
    const struct page_memory *m = &s->memory;
    *absent_out = s->page == 1 && m->known && strcmp(m->label, NOBODYS) == 0 &&
                  m->now_ms - m->fetched_at_ms < ENDPOINT_RETRY_HOURS * 3600000ll;
    return !*absent_out || may_lack_list(w, db, s, absent_out, err);
}

/* *absent_out false: it is no such list, or it existed before. */
static bool note_absence(struct work *w, struct db *db, const struct list_state *s, bool *absent_out,
                         struct err *err)
{
    const struct page_memory *m = &s->memory;
    if (!may_lack_list(w, db, s, absent_out, err))
        return false;
    *absent_out = *absent_out && (!m->known || strcmp(m->label, NOBODYS) == 0);
    const struct page_answer answer = {.key = {page_list_name(s->list), s->subject, 1}, .label = NOBODYS};
    return !*absent_out || pages_remember(db, &answer, 1, w->arena, err);
}

static enum step fetch_page(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    if (!s->recalled &&
        !pages_recall(db, page_list_name(s->list), s->subject, s->page, w->arena, &s->memory, err))
        return STEP_TROUBLE;
    s->recalled = s->judged = s->doubted = false; /* a later request has another answer */
    if (!s->started_ms)
        s->started_ms = s->memory.now_ms;
    if (s->memory.name) /* a list may wait for hours, and its name may belong to another by then */
        s->name = s->memory.name;
    const struct gh_credential *c = work_credential(w, s->memory.label);
    bool ours = s->memory.known && s->memory.label && strcmp(s->memory.label, c->label) == 0;
    bool absent;
    if (!is_absent(w, db, s, &absent, err))
        return STEP_TROUBLE;
    if (absent)
        return work_end(w, db, NO_SUCH_LIST, err);
    if (s->list == LIST_STARGAZERS && !stargazers_askable(w, c)) /* queued while there was a token */
        return work_end(w, db, "restricted: GitHub does not show this list without a token", err);
    return work_get(w, c, s->url ? s->url : list_first_url(w, s), accept_of(s->list),
                    ours ? s->memory.etag : NULL, true);
}

bool list_prepare(struct work *const *works, size_t n, struct db *db, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct page_key *keys = arena_array(a, n, sizeof *keys);
    struct page_memory *memories = arena_array(a, n, sizeof *memories);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        struct list_state *s = arena_alloc(works[i]->arena, sizeof *s);
        works[i]->state = s;
        ok = read_state(works[i], s, err);
        keys[i] = (struct page_key){page_list_name(s->list), s->subject, s->page};
    }
    ok = ok && pages_recall_all(db, keys, n, a, memories, err);
    for (size_t i = 0; i < n && ok; i++) {
        struct list_state *s = works[i]->state;
        s->memory = page_memory_dup(&memories[i], works[i]->arena);
        s->recalled = true;
    }
    return ok;
}

enum step list_job_begin(struct work *w, struct db *db, struct err *err)
{
    struct list_state *s = w->state;
    if (!s || !s->recalled) {
        w->state = s = arena_alloc(w->arena, sizeof *s);
        if (!read_state(w, s, err))
            return STEP_TROUBLE;
    }
    if (s->page > MAX_PAGES)
        return work_end(
            w, db, JOB_INCOMPLETE "longer than any list of GitHub: stopped reading, closed nothing", err);
    return fetch_page(w, db, s, err);
}

/* A page is normally saved as received; one with a value of the wrong type is read item by item first. */
static enum step store_page(struct work *w, struct db *db, bool fresh, struct err *err)
{
    struct list_page page = {.w = w, .fresh = fresh, .json = list_body(w)};
    if (list_pages_save(&page, 1, db, w->arena, err))
        return page.done ? STEP_DONE : work_go_on(w, db, err);
    if (!fresh)
        return STEP_TROUBLE;
    AUTO_BUF clean = {0};
    size_t dropped;
    struct list_state *s = w->state;
    enum gh_shape shape = s->list == LIST_STARRED || s->list == LIST_REPOSITORIES ? GH_SHAPE_LISTED_REPOSITORY
                                                                                  : GH_SHAPE_LISTED_USER;
    bool ok = work_clean(db, page.json, shape, &clean, &dropped, err);
    if (ok)
        s->n_dropped = (int64_t)dropped;
    page.json = buf_slice(&clean);
    ok = ok && list_pages_save(&page, 1, db, w->arena, err);
    if (!ok)
        return STEP_TROUBLE;
    log_warn("page.cleaned", L_STR("url", w->fetch.url), L_I64("dropped", dropped));
    return page.done ? STEP_DONE : work_go_on(w, db, err);
}

static struct subject subject_of(const struct list_state *s)
{
    return (struct subject){s->list == LIST_STARGAZERS ? RECORD_REPOSITORY : RECORD_DEVELOPER, s->subject};
}

/* The list of a subject that GitHub blocks: its detail by id shows whether the subject is blocked as well. */
static enum step list_blocked(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    if (!work_open(w, db, err) ||
        !details_queue(db, (int)subject_of(s).kind, s->subject, w->job.task_id, err) ||
        !work_finish(w, db, "blocked: GitHub does not show this list; closed nothing", 1, 0, err) ||
        !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

/* ---- a list that answers 404, or as another's ---- */

/* The id in the object that has just begun; 0: none. */
static int64_t id_of(struct jr *r)
{
    int64_t id = 0;
    while (jr_next(r) == JR_KEY) {
        bool named = slice_eq(r->text, SLICE("id"));
        enum jr_token token = jr_next(r);
        if (!named || token != JR_NUMBER || !slice_i64(r->text, 1, INT64_MAX, &id))
            jr_skip(r, token);
    }
    return id;
}

/* The id of the next item's owner; 0: it has none. False: no more items. */
static bool next_owner(struct jr *r, int64_t *out)
{
    enum jr_token token = jr_next(r);
    *out = 0;
    if (token != JR_OBJECT)
        return token != JR_END_ARRAY && token != JR_END && token != JR_ERROR && jr_skip(r, token);
    while (jr_next(r) == JR_KEY) {
        bool owner = slice_eq(r->text, SLICE("owner"));
        token = jr_next(r);
        if (owner && token == JR_OBJECT)
            *out = id_of(r);
        else
            jr_skip(r, token);
    }
    return !r->failed;
}

/* The ids of the owners in a list of repositories: whether there are any, and none of them is `id`. An item that cannot be read ends the
 * search. */
static bool owned_by_others(slice json, int64_t id)
{
    struct jr r;
    bool others = false;
    jr_init(&r, json);
    int64_t owner;
    if (jr_next(&r) != JR_ARRAY)
        return false;
    while (next_owner(&r, &owner)) {
        if (owner == id)
            return false;
        others |= owner > 0;
    }
    return others && !r.failed;
}

/* Whether the list is of another account or repository, which has taken the name since the subject's detail was read. GitHub shows it
 * without another request in links between pages and in the owners of repositories. Once the detail by id has shown the same name, the
 * list is believed: asked again, GitHub would answer the same. */
static bool is_anothers(const struct work *w, const struct list_state *s)
{
    if ((w->outcome != GH_FRESH && w->outcome != GH_UNCHANGED) ||
        (s->proven && strcmp(s->proven, s->name) == 0))
        return false;
    int64_t linked = work_linked_id(w);
    if (linked && linked != s->subject)
        return true;
    return s->list == LIST_REPOSITORIES && w->outcome == GH_FRESH &&
           owned_by_others(list_body(w), s->subject);
}

/* The subject may have been renamed since the request of the job. Another list of the task may have found that already; otherwise
 * its id shows it. */
static enum step look_up(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    struct page_memory now;
    if (s->looked_up >= MAX_LOOK_UPS)
        return subject_elusive(w, db, err);
    if (!pages_recall(db, page_list_name(s->list), s->subject, 1, w->arena, &now, err))
        return STEP_TROUBLE;
    if (now.name && strcmp(now.name, s->name) != 0) {
        s->pass = 0;
        s->looked_up++;
        list_start_pass(s);
        return fetch_page(w, db, s, err);
    }
    s->looks_up = true;
    return subject_ask(w, subject_of(s));
}

/* The subject exists, without this list. GitHub refuses stargazers like this, and followers of some organizations. The transaction
 * is open. */
static enum step list_not_there(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    bool absent = false;
    const char *note = JOB_INCOMPLETE "GitHub answers 404 to this list, although its developer exists";
    if (s->list == LIST_STARGAZERS) {
        note = "restricted: GitHub answers 404 to this list, although its repository exists";
        if (!endpoint_missed(w, db, STARGAZERS, s->subject, err))
            return STEP_TROUBLE;
    } else if (!note_absence(w, db, s, &absent, err)) {
        return STEP_TROUBLE;
    }
    if (!work_finish(w, db, absent ? NO_SUCH_LIST : note, 1, 0, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

/* Reads the list from its beginning, under the name in the detail. */
static enum step subject_found(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    bool renamed;
    enum step step = subject_answer(w, db, subject_of(s), s->name, &renamed, err);
    if (step != STEP_FETCH)
        return step;
    if (!renamed && !s->doubted)
        return list_not_there(w, db, s, err);
    if (!renamed) {
        s->proven = s->name;
        log_warn("list.contradicted", L_STR("kind", job_kind_name(w->job.kind)), L_STR("name", s->name),
                 L_I64("id", s->subject));
    }
    s->pass = 0;
    s->looked_up++;
    list_start_pass(s);
    if (!work_save(w, db, list_cursor(w, s), 1, 1, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return subject_go_on(w, db, s->looked_up, err);
}

#define NOT_SHOWN "restricted: GitHub does not show this list to this credential"

/* A refusal, or the empty list GitHub gives instead of one. */
static enum step list_restricted(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    enum learned known = LEARNED_NOTHING;
    if (s->list == LIST_STARGAZERS && !endpoint_learned(db, w->credential, STARGAZERS, &known, err))
        return STEP_TROUBLE;
    /* After lists with items, one empty list says nothing about the others; a refusal does. */
    bool learn = s->list == LIST_STARGAZERS && !(w->outcome == GH_FRESH && known == LEARNED_ALLOWED);
    if (learn && !endpoint_learn(db, w->credential, STARGAZERS, false, w->fetch.status, err))
        return STEP_TROUBLE;
    return work_end(w, db, NOT_SHOWN, err);
}

/* Whether the answer becomes rows, without special handling. */
static bool is_usual(const struct work *w)
{
    struct list_state *s = w->state;
    bool fresh = w->outcome == GH_FRESH;
    if (!s->judged) {
        s->judged = true;
        s->doubted = !s->looks_up && is_anothers(w, s);
    }
    bool empty = fresh && slice_eq(slice_trim(w->body), SLICE("[]"));
    if (s->looks_up || (!fresh && (w->outcome != GH_UNCHANGED || !s->memory.known)) || s->doubted)
        return false;
    return !(w->fetch.status == 204 && s->count != 0) &&
           !(s->list == LIST_STARGAZERS && s->page == 1 && empty && s->count > 0);
}

/* A refusal of the list itself, which is recorded like a page: GitHub refuses the stargazers of one repository after another. */
static bool is_refused(const struct work *w)
{
    const struct list_state *s = w->state;
    return w->outcome == GH_RESTRICTED && !s->looks_up;
}

bool list_saves(const struct work *w)
{
    return is_refused(w) || is_usual(w);
}

bool list_save(struct work *const *works, size_t n, struct db *db, bool *done_out, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct list_page *pages = arena_array(a, n, sizeof *pages);
    for (size_t i = 0; i < n; i++)
        pages[i] = (struct list_page){.w = works[i],
                                      .fresh = works[i]->outcome == GH_FRESH,
                                      .json = list_body(works[i]),
                                      .refused = is_refused(works[i]) ? NOT_SHOWN : NULL};
    bool ok = list_pages_save(pages, n, db, a, err);
    for (size_t i = 0; i < n; i++)
        done_out[i] = pages[i].done;
    return ok;
}

enum step list_job_answer(struct work *w, struct db *db, struct err *err)
{
    struct list_state *s = w->state;
    bool fresh = w->outcome == GH_FRESH;
    if (s->looks_up)
        return subject_found(w, db, s, err);
    switch (w->outcome) {
    case GH_FRESH:
    case GH_UNCHANGED:
        if (is_usual(w))
            return store_page(w, db, fresh, err);
        if (s->doubted)
            return look_up(w, db, s, err);
        if (w->fetch.status == 204 && s->count != 0)
            return work_put_back(w, job_backoff_ms(w->job.attempt + 1, rnd_u64()), WAIT_BACKOFF,
                                 "204 instead of a list");
        return list_restricted(w, db, s, err);
    case GH_GONE:
        return look_up(w, db, s, err);
    case GH_BLOCKED:
        return list_blocked(w, db, s, err);
    case GH_CAPPED:
        return work_end(w, db, "capped: GitHub does not page this list further; closed nothing", err);
    default:
        return list_restricted(w, db, s, err);
    }
}
