/* full_profile_sync: a developer's detail, then their lists as jobs of the same task.
 *
 * The profile is requested by login, with the ETag of the last answer. A login that answers 404 may have been renamed: the known id
 * is requested once before the developer counts as gone. */
#include "core/uuid/uuid.h"
#include "crawler/jobs.h"
#include "github/url.h"
#include "schema/graph/erasure.h"

#define PROFILE "developer"

struct profile_state {
    struct developer_ref known; /* before the answer */
    struct page_memory memory;
    bool by_id;
    bool recalled; /* `known` and `memory` belong to the request */
};

static enum step fetch_profile(struct work *w, struct profile_state *s)
{
    bool conditional = s->memory.known && !s->by_id && !s->known.gone;
    const struct gh_credential *c = work_credential(w, conditional ? s->memory.label : NULL);
    bool ours = conditional && s->memory.label && strcmp(s->memory.label, c->label) == 0;
    const char *url = s->by_id ? work_url(w, "/user/%lld", (long long)s->known.github_id)
                               : work_url(w, "/users/%s", gh_url_segment(w->arena, slice_of(w->job.subject)));
    return work_get(w, c, url, ACCEPT_JSON, ours ? s->memory.etag : NULL, false);
}

enum step profile_begin(struct work *w, struct db *db, struct err *err)
{
    struct profile_state *s = w->state;
    if (!s || !s->recalled) {
        w->state = s = arena_alloc(w->arena, sizeof *s);
        if (!details_find_login(db, w->job.subject, w->arena, &s->known, err) ||
            (s->known.known && !pages_recall(db, PROFILE, s->known.github_id, 0, w->arena, &s->memory, err)))
            return STEP_TROUBLE;
    }
    s->recalled = false; /* a later request has another answer */
    return fetch_profile(w, s);
}

bool profile_prepare(struct work *const *works, size_t n, struct db *db, struct err *err)
{
    AUTO_ARENA a = arena_create();
    const char **logins = arena_array(a, n, sizeof *logins);
    struct developer_ref *known = arena_array(a, n, sizeof *known);
    struct page_key *keys = arena_array(a, n, sizeof *keys);
    struct page_memory *memories = arena_array(a, n, sizeof *memories);
    for (size_t i = 0; i < n; i++)
        logins[i] = works[i]->job.subject;
    bool ok = details_find_logins(db, logins, n, a, known, err);
    for (size_t i = 0; i < n && ok; i++)
        keys[i] = (struct page_key){PROFILE, known[i].github_id, 0};
    ok = ok && pages_recall_all(db, keys, n, a, memories, err);
    for (size_t i = 0; i < n && ok; i++) {
        struct profile_state *s = arena_alloc(works[i]->arena, sizeof *s);
        s->known = known[i];
        s->known.login = arena_strdup(works[i]->arena, known[i].login);
        s->known.type = arena_strdup(works[i]->arena, known[i].type);
        s->memory = page_memory_dup(&memories[i], works[i]->arena);
        s->recalled = true;
        works[i]->state = s;
    }
    return ok;
}

slice detail_array(struct work *w, slice body)
{
    char *text = arena_alloc(w->arena, body.len + 3);
    text[0] = '[';
    memcpy(text + 1, body.ptr, body.len);
    text[body.len + 1] = ']';
    return slice_from(text, body.len + 2);
}

/* ---- the developer's lists ---- */

#define LISTS_MAX 4
/* A list with a count of 0 and no stored edges need not be read. Organisations follow and star nothing. Stars
 * have no count. */
static size_t list_requests(struct work *w, const struct developer_ref *d, const struct edges_known *known,
                            struct job_request out[LISTS_MAX])
{
    bool person = strcmp(d->type, "Organization") != 0;
    size_t n = 0;
    const struct {
        enum job_kind kind;
        int64_t count;
        bool wanted;
    } lists[LISTS_MAX] = {
        {JOB_DEVELOPER_FOLLOWERS, d->followers, d->followers != 0 || known->followers},
        {JOB_DEVELOPER_FOLLOWING, d->following, (person && d->following != 0) || known->following},
        {JOB_DEVELOPER_STARRED, -1, person || known->stars},
        {JOB_DEVELOPER_REPOSITORIES, d->public_repos, d->public_repos != 0 || known->repositories},
    };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (lists[i].wanted)
            out[n++] = work_part(w, lists[i].kind, d->login, d->github_id, lists[i].count);
    return n;
}

/* ---- the answer ---- */

/* Any number of profiles in one transaction. */
struct profile_page {
    struct work *w;
    slice json;                      /* of a fresh one, an array; ptr NULL: a 304 */
    const struct developer_ref *ref; /* as it is now */
};

static bool finish_walks(struct profile_page *pages, size_t n, struct db *db, struct arena *a,
                         struct err *err)
{
    struct frontier_walk *walks = arena_array(a, n, sizeof *walks);
    int64_t *ids = arena_array(a, n, sizeof *ids);
    struct edges_known *known = arena_array(a, n, sizeof *known);
    struct job_request *requests = arena_array(a, n * LISTS_MAX, sizeof *requests);
    struct work_end *ends = arena_array(a, n, sizeof *ends);
    size_t n_requests = 0;
    for (size_t i = 0; i < n; i++) {
        const struct developer_ref *d = pages[i].ref;
        ids[i] = d->github_id;
        walks[i] = (struct frontier_walk){d->github_id, d->followers, d->following, d->public_repos};
        ends[i] = (struct work_end){.w = pages[i].w, .finished = true, .pages = 1, .records = 1};
    }
    if (!frontier_walked(db, walks, n, a, err) || !details_edges_known(db, ids, n, known, err))
        return false;
    for (size_t i = 0; i < n; i++)
        n_requests += list_requests(pages[i].w, pages[i].ref, &known[i], &requests[n_requests]);
    return jobs_enqueue_many(db, requests, n_requests, a, err) && works_end(ends, n, db, a, err);
}

/* A forgotten developer stays forgotten: checked only for a single profile. */
static bool end_forgotten(const struct profile_page *page, struct db *db, bool *forgotten_out,
                          struct err *err)
{
    if (!erasure_knows(db, page->json, forgotten_out, err))
        return false;
    if (!*forgotten_out)
        return err_set(err, ERR_BROKEN, "the profile of %s has no valid id and login", page->w->job.subject);
    return work_finish(page->w, db, FORGOTTEN, 1, 0, err);
}

/* Gives each page its ref. */
static bool save_details(struct profile_page *pages, size_t n, struct db *db, struct arena *a,
                         struct err *err)
{
    slice *texts = arena_array(a, n, sizeof *texts);
    int64_t *tasks = arena_array(a, n, sizeof *tasks);
    struct profile_page **fresh = arena_array(a, n, sizeof(struct profile_page *));
    struct developer_ref *refs;
    size_t n_fresh = 0, n_refs = 0;
    for (size_t i = 0; i < n; i++) {
        if (!pages[i].json.ptr)
            continue;
        texts[n_fresh] = pages[i].json;
        tasks[n_fresh] = pages[i].w->job.task_id;
        fresh[n_fresh++] = &pages[i];
    }
    if (n_fresh && !details_save_developers(db, texts, tasks, n_fresh, a, &refs, &n_refs, err))
        return false;
    for (size_t i = 0; i < n_refs; i++)
        fresh[refs[i].page]->ref = &refs[i];
    return n_refs == n_fresh || n == 1 ||
           err_set(err, ERR_BROKEN, "of %zu profiles %zu are usable", n_fresh, n_refs);
}

/* After fresh details: their stubs leave the queue, their pages are remembered. */
static bool note_details(const struct profile_page *pages, size_t n, struct db *db, struct arena *a,
                         struct err *err)
{
    struct page_answer *answers = arena_array(a, n, sizeof *answers);
    int64_t *ids = arena_array(a, n, sizeof *ids);
    size_t n_ids = 0, n_answers = 0;
    for (size_t i = 0; i < n; i++) {
        struct work *w = pages[i].w;
        const struct profile_state *s = w->state;
        if (!pages[i].json.ptr)
            continue;
        /* The login belonged to another developer before: that one is requested by id. */
        if (s->known.known && s->known.github_id != pages[i].ref->github_id && !s->known.gone &&
            !details_queue(db, RECORD_DEVELOPER, s->known.github_id, w->job.task_id, err))
            return false;
        ids[n_ids] = pages[i].ref->github_id;
        if (!s->by_id)
            answers[n_answers++] = (struct page_answer){.key = {PROFILE, ids[n_ids], 0},
                                                        .label = w->credential->label,
                                                        .etag = work_validator(w),
                                                        .ids = &ids[n_ids],
                                                        .n_ids = 1};
        n_ids++;
    }
    return hydration_done(db, RECORD_DEVELOPER, ids, n_ids, err) &&
           pages_remember(db, answers, n_answers, a, err);
}

static bool save_profiles(struct profile_page *pages, size_t n, struct db *db, struct arena *a,
                          struct err *err)
{
    struct work **works = arena_array(a, n, sizeof(struct work *));
    bool forgotten;
    for (size_t i = 0; i < n; i++) {
        const struct profile_state *s = pages[i].w->state;
        works[i] = pages[i].w;
        pages[i].ref = pages[i].json.ptr ? NULL : &s->known;
    }
    if (!works_open(works, n, db, a, err) || !save_details(pages, n, db, a, err))
        return false;
    if (!pages[0].ref)
        return end_forgotten(&pages[0], db, &forgotten, err) && works_commit(works, n, db, err);
    return note_details(pages, n, db, a, err) && finish_walks(pages, n, db, a, err) &&
           works_commit(works, n, db, err);
}

static struct profile_page page_of(struct work *w)
{
    return (struct profile_page){.w = w,
                                 .json = w->outcome == GH_FRESH ? detail_array(w, w->body) : (slice){0}};
}

bool profile_saves(const struct work *w)
{
    return w->outcome == GH_FRESH || w->outcome == GH_UNCHANGED;
}

bool profile_save(struct work *const *works, size_t n, struct db *db, bool *done_out, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct profile_page *pages = arena_array(a, n, sizeof *pages);
    for (size_t i = 0; i < n; i++) {
        pages[i] = page_of(works[i]);
        done_out[i] = true;
    }
    return save_profiles(pages, n, db, a, err);
}

static enum step store_profile(struct work *w, struct db *db, struct err *err)
{
    struct profile_page page = page_of(w);
    if (save_profiles(&page, 1, db, w->arena, err))
        return STEP_DONE;
    if (!page.json.ptr)
        return STEP_TROUBLE;
    AUTO_BUF clean = {0};
    bool ok = work_clean(db, w->body, GH_SHAPE_USER, &clean, NULL, err);
    page.json = buf_slice(&clean);
    ok = ok && save_profiles(&page, 1, db, w->arena, err);
    return ok ? STEP_DONE : STEP_TROUBLE;
}

static enum step profile_gone(struct work *w, struct db *db, const char *reason, struct err *err)
{
    struct profile_state *s = w->state;
    if (!s->known.known)
        return work_end(w, db, w->outcome == GH_BLOCKED ? reason : "gone: GitHub knows no such login", err);
    if (!s->by_id) {
        s->by_id = true;
        return fetch_profile(w, s);
    }
    return subject_gone(w, db, (struct subject){RECORD_DEVELOPER, s->known.github_id}, reason, err);
}

enum step profile_answer(struct work *w, struct db *db, struct err *err)
{
    switch (w->outcome) {
    case GH_FRESH:
    case GH_UNCHANGED:
        return store_profile(w, db, err);
    case GH_GONE:
        return profile_gone(w, db, "gone", err);
    case GH_BLOCKED:
        return profile_gone(w, db, "blocked", err);
    default:
        return work_end(w, db, "restricted: GitHub does not show this profile to this credential", err);
    }
}
