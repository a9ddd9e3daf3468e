/* The lists: followers, following, starred, repositories, stargazers.
 *
 * A page becomes rows in save_page: one transaction with the records, the edges, what is remembered of the page, and the
 * cursor. The pass ends with the page that has no next; what held before the pass and stands on no page of it has ended.
 * Whether that is believed, or a second pass is to confirm it, list_verdict tells. A list that was restricted, capped, partial
 * or empty against the profile's own count closes nothing. */
#include "core/base/rnd.h"
#include "crawler/jobs.h"
#include "crawler/list_verdict.h"
#include "github/decode.h"
#include "github/url.h"

#define PER_PAGE  100
#define MAX_PAGES 100000

struct list_state {
    enum page_list list;
    int64_t subject, count; /* count: what the profile says, -1 unknown */
    const char *name;       /* login, or owner/name */
    /* the cursor */
    int page, pass;
    const char *url;           /* of `page`; NULL: page 1 */
    const char *mark;          /* an earlier page, to know a circle by */
    int64_t started_ms, n_ids; /* started_ms: 0 before the first page is asked for */
    bool changed;              /* some page of this pass was not what was remembered */
    bool partial;              /* of some page of this pass GitHub said that it left something out */
    bool unreadable;           /* some item of this pass has no id that makes sense */
    /* the page under way */
    int64_t n_page_ids;
    int64_t n_dropped; /* items that were no items, when the page was read one by one */
    struct page_memory memory;
    bool looked_up;   /* its subject was asked for by id, since the list answered 404 */
    bool looks_up;    /* that request is under way */
    const char *lost; /* why its next page can't be known; NULL: it is, or there is none */
    bool lost_next;   /* it is the last one, and it does not look like it */
};

static enum page_list list_of(enum job_kind kind)
{
    switch (kind) {
    case JOB_DEVELOPER_FOLLOWERS:
        return LIST_FOLLOWERS;
    case JOB_DEVELOPER_FOLLOWING:
        return LIST_FOLLOWING;
    case JOB_DEVELOPER_STARRED:
        return LIST_STARRED;
    case JOB_DEVELOPER_REPOSITORIES:
        return LIST_REPOSITORIES;
    default:
        return LIST_STARGAZERS;
    }
}

static bool is_timed(enum page_list list)
{
    return list == LIST_STARRED || list == LIST_STARGAZERS;
}

/* Whose edges go to a history when they end. */
static bool has_edges(enum page_list list)
{
    return list == LIST_FOLLOWERS || list == LIST_FOLLOWING || list == LIST_STARRED;
}

static const char *accept_of(enum page_list list)
{
    return is_timed(list) ? ACCEPT_STAR : ACCEPT_JSON;
}

static char *first_url(struct work *w, const struct list_state *s)
{
    static const char *const paths[] = {
        [LIST_FOLLOWERS] = "followers", [LIST_FOLLOWING] = "following",   [LIST_STARRED] = "starred",
        [LIST_REPOSITORIES] = "repos",  [LIST_STARGAZERS] = "stargazers",
    };
    slice owner, name;
    if (s->list != LIST_STARGAZERS)
        return work_url(w, "/users/%s/%s?per_page=%d", gh_url_segment(w->arena, slice_of(s->name)),
                        paths[s->list], PER_PAGE);
    slice rest = slice_of(s->name);
    if (!slice_split(&rest, '/', &owner))
        owner = rest;
    name = rest;
    return work_url(w, "/repos/%s/%s/%s?per_page=%d", gh_url_segment(w->arena, owner),
                    gh_url_segment(w->arena, name), paths[s->list], PER_PAGE);
}

/* ---- the cursor ---- */

static slice cursor_of(struct work *w, const struct list_state *s)
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
        {s->url ? "url" : NULL, s->url, 0},
        {s->mark ? "mark" : NULL, s->mark, 0},
        {NULL, NULL, 0},
    };
    return work_json(w, fields);
}

static void start_pass(struct list_state *s)
{
    s->page = 1;
    s->url = s->mark = NULL;
    s->n_ids = 0;
    s->changed = s->partial = s->unreadable = false;
    if (!s->pass) /* a confirming pass asks about the same edges */
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
    s->looked_up = cursor_i64(at, "looked_up", 0) != 0;
    s->page = (int)cursor_i64(at, "page", 0);
    if (s->page < 1) {
        start_pass(s);
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
    if (s->url) /* the base may be another since */
        s->url = gh_url_same_origin(w->arena, work_config(w)->github_api_url, slice_of(s->url));
    if (!s->url && s->page > 1)
        start_pass(s);
    return true;
}

static enum step fetch_page(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    if (!pages_recall(db, page_list_name(s->list), s->subject, s->page, w->arena, &s->memory, err))
        return STEP_TROUBLE;
    if (!s->started_ms)
        s->started_ms = s->memory.now_ms;
    if (s->memory.name) /* a list may wait for hours, and its name be another's by then */
        s->name = s->memory.name;
    const struct gh_credential *c = work_credential(w, s->memory.label);
    bool ours = s->memory.known && s->memory.label && strcmp(s->memory.label, c->label) == 0;
    if (s->list == LIST_STARGAZERS && !stargazers_askable(w, c)) /* queued while there was a token */
        return work_end(w, db, "restricted: GitHub does not show this list without a token", err);
    return work_get(w, c, s->url ? s->url : first_url(w, s), accept_of(s->list), ours ? s->memory.etag : NULL,
                    true);
}

enum step list_job_begin(struct work *w, struct db *db, struct err *err)
{
    struct list_state *s = arena_alloc(w->arena, sizeof *s);
    w->state = s;
    if (!read_state(w, s, err))
        return STEP_TROUBLE;
    if (s->page > MAX_PAGES)
        return work_end(
            w, db, JOB_INCOMPLETE "longer than any list of GitHub: read no further, closed nothing", err);
    return fetch_page(w, db, s, err);
}

/* ---- the end of a pass ---- */

static struct list_pass pass_of(const struct list_state *s, int64_t n_missing)
{
    return (struct list_pass){
        .list = s->list,
        .pass = s->pass,
        .n_pages = s->page,
        .n_ids = s->n_ids,
        .count = s->count,
        .n_missing = n_missing,
        .changed = s->changed,
        .lost_next = s->lost_next,
        .partial = s->partial,
        .unreadable = s->unreadable,
        .lost = s->lost,
    };
}

static bool enqueue_stargazers(struct work *w, struct db *db, const struct repository_ref *repository,
                               int64_t probe_owner, struct err *err)
{
    const struct work_field args[] = {{"id", NULL, repository->github_id},
                                      {"name", repository->full_name, 0},
                                      {"count", NULL, repository->stargazers},
                                      {probe_owner ? "probe_owner" : NULL, NULL, probe_owner},
                                      {NULL, NULL, 0}};
    const struct job_request request = {
        .kind = JOB_REPOSITORY_STARGAZERS,
        .subject = repository->full_name,
        .key = arena_printf(w->arena, "repository_stargazers:%lld", (long long)repository->github_id),
        .task_id = w->job.task_id,
        .priority = w->job.priority,
        .args = work_json(w, args),
    };
    return jobs_enqueue_later(db, &request, err);
}

/* Each own repository's stargazers, where GitHub lets us see them. While that is not known one repository is asked, and the
 * others only when it answers. Since July 2026 that is a unit for nothing nearly always: a person who asks for a profile
 * does not spend it, the profile is left to discovery, to which all its other pages are free with a token (304). */
static bool fan_out_stargazers(struct work *w, struct db *db, int64_t owner, struct err *err)
{
    struct repository_ref *refs;
    size_t n;
    enum learned known;
    if (!endpoint_learned(db, w->credential, STARGAZERS, &known, err))
        return false;
    if (known == LEARNED_DENIED || !stargazers_askable(w, w->credential))
        return true;
    if (!details_starred_repositories_of(db, owner, w->arena, &refs, &n, err))
        return false;
    if (known == LEARNED_NOTHING && n && work_purpose(w) == QUOTA_ASKED && w->credential->authorization)
        return frontier_untried(db, owner, err);
    if (known == LEARNED_NOTHING && n > 1)
        return enqueue_stargazers(w, db, &refs[0], owner, err);
    for (size_t i = 0; i < n; i++)
        if (!enqueue_stargazers(w, db, &refs[i], 0, err))
            return false;
    return true;
}

/* The pass is over. *again_out: a confirming pass begins. */
static bool end_pass(struct work *w, struct db *db, struct list_state *s, bool *again_out, struct err *err)
{
    int64_t n_missing = 0, n_closed = 0;
    const char *note = NULL;
    *again_out = false;
    if (!pages_forget_after(db, s->list, s->subject, s->page, err) ||
        !pages_count_missing(db, s->list, s->subject, s->started_ms, &n_missing, err))
        return false;
    const struct list_pass pass = pass_of(s, n_missing);
    enum verdict verdict = list_verdict(&pass, &note);
    if (s->partial && s->list != LIST_STARGAZERS)
        log_warn("list.partial", L_STR("kind", job_kind_name(w->job.kind)), L_STR("subject", w->job.subject),
                 L_STR("credential", w->credential->label));
    if (verdict == VERDICT_CONFIRM) {
        s->pass++;
        *again_out = true;
        start_pass(s);
        return true;
    }
    if (verdict == VERDICT_CLOSE &&
        !pages_close_missing(db, s->list, s->subject, s->started_ms, w->job.task_id, &n_closed, err))
        return false;
    if (has_edges(s->list) && (verdict == VERDICT_CLOSE || list_saw_all(&pass)) &&
        !pages_pass_ended(db, s->list, s->subject, s->started_ms, err))
        return false;
    if (s->list == LIST_REPOSITORIES && !fan_out_stargazers(w, db, s->subject, err))
        return false;
    return work_finish(w, db, note, 1, s->n_page_ids, err);
}

/* ---- one page ---- */

static bool same_ids(const struct page_memory *memory, const struct page_saved *saved)
{
    return memory->known && memory->n_ids == saved->n_ids &&
           (saved->n_ids == 0 || memcmp(memory->ids, saved->ids, saved->n_ids * sizeof *saved->ids) == 0);
}

/* The page behind this one. A 304 without a Link keeps the remembered next, unless the count says that a full last page
 * has got a follower. A full page without a Link is not taken for the last one, either, where there was one behind it or
 * the count says so: headers get lost, and what is not read would have ended. */
static const char *next_of(struct work *w, struct list_state *s, bool fresh, size_t n_ids)
{
    const char *why, *next = work_next_page(w, s->page, s->mark, &why);
    s->lost = why ? arena_printf(w->arena, JOB_INCOMPLETE "%s; closed nothing", why) : NULL;
    s->mark = work_page_mark(w, s->page, s->mark);
    if (next || s->lost)
        return next;
    if (w->fetch.headers.link[0] || (fresh && n_ids < PER_PAGE))
        return NULL;
    if (s->memory.next_url)
        return s->memory.next_url;
    if (n_ids == PER_PAGE && s->count > (int64_t)s->page * PER_PAGE)
        return arena_printf(w->arena, "%s&page=%d", first_url(w, s), s->page + 1);
    return NULL;
}

/* The probe answered: the owner's other repositories are asked too. */
static bool stargazers_open(struct work *w, struct db *db, struct err *err)
{
    const struct cursor *args = cursor_read(w->job.args, w->arena);
    int64_t owner = cursor_i64(args, "probe_owner", 0), self = cursor_i64(args, "id", 0);
    struct repository_ref *refs;
    size_t n;
    if (!endpoint_learn(db, w->credential, STARGAZERS, true, w->fetch.status, err))
        return false;
    if (!owner)
        return true;
    if (!details_starred_repositories_of(db, owner, w->arena, &refs, &n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (refs[i].github_id != self && !enqueue_stargazers(w, db, &refs[i], 0, err))
            return false;
    return true;
}

/* Records, edges, memory of the page, cursor, and at the end of the pass what has ended: one transaction. */
static bool save_page(struct work *w, struct db *db, struct list_state *s, bool fresh, slice json,
                      bool *done_out, struct err *err)
{
    struct list_state after = *s;
    struct page_saved saved = {.ids = s->memory.ids, .n_ids = s->memory.n_ids};
    const char *known_next = s->memory.next_url;
    bool again = false;
    *done_out = false;
    if (!work_open(w, db, err) ||
        (s->list == LIST_STARGAZERS && s->page == 1 && !stargazers_open(w, db, err)) ||
        (fresh && !pages_save(db, s->list, s->subject, w->job.task_id, json, w->arena, &saved, err)))
        return false;
    enum record_kind listed =
        s->list == LIST_STARRED || s->list == LIST_REPOSITORIES ? RECORD_REPOSITORY : RECORD_DEVELOPER;
    if (!fresh && !hydration_queue_stubs(db, listed, saved.ids, saved.n_ids, w->job.task_id, err))
        return false;
    const char *next = next_of(w, &after, fresh, saved.n_ids);
    const char *etag = fresh ? w->fetch.headers.etag : s->memory.etag;
    bool unreadable = fresh && saved.n_unreadable + s->n_dropped > 0;
    if (after.lost || w->fetch.headers.partial || saved.subject_gone ||
        unreadable) /* no 304 may vouch for this page */
        etag = NULL;
    const char *list = page_list_name(s->list), *label = w->credential->label;
    bool other_next = !next != !known_next || (next && strcmp(next, known_next) != 0);
    if (fresh &&
        !pages_remember(db, list, s->subject, s->page, label, etag, saved.ids, saved.n_ids, next, err))
        return false;
    if (!fresh && other_next && !pages_unchanged(db, list, s->subject, s->page, label, etag, next, err))
        return false;
    after.n_page_ids = (int64_t)saved.n_ids;
    after.n_ids += after.n_page_ids;
    after.changed |= fresh && !same_ids(&s->memory, &saved);
    after.partial |= w->fetch.headers.partial;
    after.unreadable |= unreadable;
    after.lost_next = !next && (known_next || (fresh && s->page > 1 && !w->fetch.headers.link[0]));
    if (next) {
        after.page++;
        after.url = next;
    } else if (!end_pass(w, db, &after, &again, err)) {
        return false;
    }
    if ((next || again) && !work_save(w, db, cursor_of(w, &after), 1, after.n_page_ids, err))
        return false;
    if (!work_commit(w, db, err))
        return false;
    *done_out = !next && !again;
    return true;
}

/* The usual page is saved as it came; one with a value of the wrong type is read item by item first. */
static enum step store_page(struct work *w, struct db *db, struct list_state *s, bool fresh, struct err *err)
{
    bool done;
    slice json =
        w->body.len && slice_trim(w->body).len ? w->body : SLICE("[]"); /* 204: empty, as the count has it */
    if (save_page(w, db, s, fresh, json, &done, err))
        return done ? STEP_DONE : work_go_on(w, db, err);
    if (!fresh || !work_wants_cleaning(err))
        return STEP_TROUBLE;
    struct buf clean;
    size_t dropped;
    enum gh_shape shape = s->list == LIST_STARRED || s->list == LIST_REPOSITORIES ? GH_SHAPE_LISTED_REPOSITORY
                                                                                  : GH_SHAPE_LISTED_USER;
    db_rollback(db);
    buf_init(&clean, GH_MAX_BODY_BYTES);
    bool ok = gh_decode_clean(json, shape, &clean, &dropped, err);
    s->n_dropped = (int64_t)dropped;
    ok = ok && save_page(w, db, s, fresh, buf_slice(&clean), &done, err);
    buf_finish(&clean);
    if (!ok)
        return STEP_TROUBLE;
    log_warn("page.cleaned", L_STR("url", w->fetch.url), L_I64("dropped", dropped));
    return done ? STEP_DONE : work_go_on(w, db, err);
}

static struct subject subject_of(const struct list_state *s)
{
    return (struct subject){s->list == LIST_STARGAZERS ? RECORD_REPOSITORY : RECORD_DEVELOPER, s->subject};
}

/* The list of a subject that does not answer any more: its detail by id tells what became of it. */
static enum step list_gone(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    if (!work_open(w, db, err) ||
        !details_queue(db, (int)subject_of(s).kind, s->subject, w->job.task_id, err) ||
        !work_finish(w, db, "gone", 1, 0, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

/* ---- a list that answers 404 ---- */

/* What it is about may have another name since the job was asked for. Another list of the task may have found that out already;
 * else the id tells. */
static enum step look_up_subject(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    struct page_memory now;
    if (!pages_recall(db, page_list_name(s->list), s->subject, 1, w->arena, &now, err))
        return STEP_TROUBLE;
    if (now.name && strcmp(now.name, s->name) != 0) {
        s->pass = 0;
        start_pass(s);
        return fetch_page(w, db, s, err);
    }
    s->looks_up = true;
    return subject_ask(w, subject_of(s));
}

/* It is there, without this list. So does GitHub refuse stargazers. The transaction is open. */
static enum step list_not_there(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    bool stargazers = s->list == LIST_STARGAZERS;
    const char *note = stargazers
                           ? "restricted: GitHub answers 404 to this list, though its repository is there"
                           : JOB_INCOMPLETE "GitHub answers 404 to this list, though its developer is there";
    if ((stargazers && !endpoint_missed(w, db, STARGAZERS, s->subject, err)) ||
        !work_finish(w, db, note, 1, 0, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

/* The list from its beginning under the name the detail has, once. */
static enum step subject_found(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    const char *name;
    enum step step = subject_answer(w, db, subject_of(s), &name, err);
    if (step != STEP_FETCH)
        return step;
    if (strcmp(name, s->name) == 0)
        return list_not_there(w, db, s, err);
    log_info("list.renamed", L_STR("kind", job_kind_name(w->job.kind)), L_STR("from", s->name),
             L_STR("to", name));
    s->pass = 0;
    s->looked_up = true;
    start_pass(s);
    if (!work_save(w, db, cursor_of(w, s), 1, 1, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return work_go_on(w, db, err);
}

/* A refusal, or the empty list GitHub gives instead of one. */
static enum step list_restricted(struct work *w, struct db *db, struct list_state *s, struct err *err)
{
    enum learned known = LEARNED_NOTHING;
    if (s->list == LIST_STARGAZERS && !endpoint_learned(db, w->credential, STARGAZERS, &known, err))
        return STEP_TROUBLE;
    /* One empty list says nothing about the others where lists have been seen; a refusal does. */
    bool learn = s->list == LIST_STARGAZERS && !(w->outcome == GH_FRESH && known == LEARNED_ALLOWED);
    if (learn && !endpoint_learn(db, w->credential, STARGAZERS, false, w->fetch.status, err))
        return STEP_TROUBLE;
    return work_end(w, db, "restricted: GitHub does not show this list to this credential", err);
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
        if (!fresh && !s->memory.known)
            return work_put_back(w, 1000, WAIT_BACKOFF, "304 for a page that was not remembered");
        if (w->fetch.status == 204 && s->count != 0)
            return work_put_back(w, job_backoff_ms(w->job.attempt + 1, rnd_u64()), WAIT_BACKOFF,
                                 "204 where a list is due");
        if (s->list == LIST_STARGAZERS && s->page == 1) {
            bool empty = fresh && slice_eq(slice_trim(w->body), SLICE("[]"));
            if (empty && s->count > 0)
                return list_restricted(w, db, s, err);
        }
        return store_page(w, db, s, fresh, err);
    case GH_GONE:
        return s->looked_up ? list_gone(w, db, s, err) : look_up_subject(w, db, s, err);
    case GH_BLOCKED:
        return list_gone(w, db, s, err);
    case GH_CAPPED:
        return work_end(w, db, "capped: GitHub does not page this list further; closed nothing", err);
    default:
        return list_restricted(w, db, s, err);
    }
}
