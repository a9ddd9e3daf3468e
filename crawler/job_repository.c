/* full_repository_sync: a repository's detail, its owner, its star history, and its stargazers where GitHub allows it. Also what is
 * known about endpoints that GitHub refuses to most credentials, and when they are tried.
 * A renamed or transferred one answers 301, which has been followed: the id identifies it. */
#include "core/uuid/uuid.h"
#include "crawler/jobs.h"
#include "github/url.h"
#include "schema/graph/erasure.h"

#define DETAIL "repository"

struct repository_state {
    struct repository_ref known;
    struct page_memory memory;
    bool by_id;
};

bool endpoint_learned(struct db *db, const struct gh_credential *credential, const char *endpoint,
                      enum learned *out, struct err *err)
{
    bool known, allowed;
    if (!quota_learned(db, credential->label, endpoint, &known, &allowed, err))
        return false;
    *out = !known ? LEARNED_NOTHING : allowed ? LEARNED_ALLOWED : LEARNED_DENIED;
    return true;
}

bool endpoint_learn(struct db *db, const struct gh_credential *credential, const char *endpoint, bool allowed,
                    int status, struct err *err)
{
    return quota_learn(db, credential->label, endpoint, allowed, status, ENDPOINT_RETRY_HOURS, err);
}

bool endpoint_missed(struct work *w, struct db *db, const char *endpoint, int64_t repository, struct err *err)
{
    bool refused;
    return quota_missed(db, w->credential->label, endpoint, repository, &refused, err) &&
           (!refused || endpoint_learn(db, w->credential, endpoint, false, 404, err));
}

bool stargazers_askable(const struct work *w, const struct gh_credential *c)
{
    return !gh_credential_is_anonymous(c) || !gh_url_is_github(work_config(w)->github_api_url);
}

/* ---- stargazers ---- */

/* probe_owner: the owner whose other repositories are requested if GitHub answers this one; 0: none. */
static struct job_request stargazers_request(struct work *w, const struct repository_ref *r,
                                             int64_t probe_owner)
{
    struct job_request request =
        work_part(w, JOB_REPOSITORY_STARGAZERS, r->full_name, r->github_id, r->stargazers);
    const struct work_field args[] = {{"id", NULL, r->github_id},
                                      {"name", r->full_name, 0},
                                      {"count", NULL, r->stargazers},
                                      {"probe_owner", NULL, probe_owner},
                                      {NULL, NULL, 0}};
    if (probe_owner)
        request.args = work_json(w, args);
    return request;
}

/* For all but `self`: adds to `requests`. */
static void add_stargazers(struct work *w, const struct repository_ref *refs, size_t n, int64_t self,
                           int64_t probe_owner, struct job_request *requests, size_t *n_requests)
{
    for (size_t i = 0; i < n; i++)
        if (refs[i].github_id != self)
            requests[(*n_requests)++] = stargazers_request(w, &refs[i], probe_owner);
}

/* Works and their owners whose repositories' stargazers may be requested, and what is known of the endpoint for each. */
struct askable {
    struct work **works;
    int64_t *owners;
    enum learned *known;
    size_t n;
};

static bool sort_askable(struct work *const *works, const int64_t *owners, size_t n, struct db *db,
                         struct arena *a, struct askable *out, struct err *err)
{
    const struct gh_credential *of = NULL;
    enum learned known = LEARNED_NOTHING;
    *out = (struct askable){arena_array(a, n, sizeof(struct work *)), arena_array(a, n, sizeof(int64_t)),
                            arena_array(a, n, sizeof(enum learned)), 0};
    for (size_t i = 0; i < n; i++) {
        const struct gh_credential *c = works[i]->credential;
        if (c != of && !endpoint_learned(db, c, STARGAZERS, &known, err))
            return false;
        of = c;
        if (known == LEARNED_DENIED || !stargazers_askable(works[i], c))
            continue;
        out->works[out->n] = works[i];
        out->owners[out->n] = owners[i];
        out->known[out->n++] = known;
    }
    return true;
}

bool stargazers_of_owners(struct work *const *works, const int64_t *owners, size_t n, struct db *db,
                          struct arena *a, struct err *err)
{
    struct askable of;
    struct repository_ref *refs;
    size_t n_refs, n_requests = 0;
    if (!sort_askable(works, owners, n, db, a, &of, err))
        return false;
    if (!of.n)
        return true;
    if (!details_starred_repositories_of(db, of.owners, of.n, a, &refs, &n_refs, err))
        return false;
    struct job_request *requests = arena_array(a, n_refs, sizeof *requests);
    for (size_t i = 0, at = 0, end; i < of.n; i++, at = end) {
        struct work *w = of.works[i];
        for (end = at; end < n_refs && refs[end].owner_github_id == of.owners[i];)
            end++;
        bool probes = of.known[i] == LEARNED_NOTHING;
        if (probes && end > at && work_purpose(w) == QUOTA_ASKED &&
            !gh_credential_is_anonymous(w->credential)) {
            if (!frontier_untried(db, of.owners[i], err))
                return false;
        } else if (probes && end - at > 1) {
            add_stargazers(w, &refs[at], 1, 0, of.owners[i], requests, &n_requests);
        } else {
            add_stargazers(w, &refs[at], end - at, 0, 0, requests, &n_requests);
        }
    }
    return jobs_enqueue_many(db, requests, n_requests, a, err);
}

bool stargazers_shown(const struct work *w, struct db *db, struct err *err)
{
    enum learned known;
    return endpoint_learned(db, w->credential, STARGAZERS, &known, err) &&
           (known == LEARNED_ALLOWED ||
            endpoint_learn(db, w->credential, STARGAZERS, true, w->fetch.status, err));
}

bool stargazers_answered(struct work *w, struct db *db, struct err *err)
{
    const struct cursor *args = cursor_read(w->job.args, w->arena);
    int64_t owner = cursor_i64(args, "probe_owner", 0), self = cursor_i64(args, "id", 0);
    struct repository_ref *refs;
    size_t n;
    if (!owner)
        return true;
    if (!details_starred_repositories_of(db, &owner, 1, w->arena, &refs, &n, err))
        return false;
    struct job_request *requests = arena_array(w->arena, n, sizeof *requests);
    size_t n_requests = 0;
    add_stargazers(w, refs, n, self, 0, requests, &n_requests);
    return jobs_enqueue_many(db, requests, n_requests, w->arena, err);
}

/* ---- the job ---- */

static enum step fetch_repository(struct work *w, struct repository_state *s)
{
    slice name = slice_of(w->job.subject), owner;
    bool by_id = s->by_id || !slice_split(&name, '/', &owner) || !name.ptr;
    bool conditional = s->memory.known && !by_id && !s->known.gone;
    const struct gh_credential *c = work_credential(w, conditional ? s->memory.label : NULL);
    bool ours = conditional && s->memory.label && strcmp(s->memory.label, c->label) == 0;
    if (by_id)
        return work_get(w, c, work_url(w, "/repositories/%lld", (long long)s->known.github_id), ACCEPT_JSON,
                        NULL, false);
    const char *url =
        work_url(w, "/repos/%s/%s", gh_url_segment(w->arena, owner), gh_url_segment(w->arena, name));
    return work_get(w, c, url, ACCEPT_JSON, ours ? s->memory.etag : NULL, false);
}

enum step repository_begin(struct work *w, struct db *db, struct err *err)
{
    struct repository_state *s = arena_alloc(w->arena, sizeof *s);
    w->state = s;
    if (!details_find_full_name(db, w->job.subject, w->arena, &s->known, err))
        return STEP_TROUBLE;
    if (s->known.known && !pages_recall(db, DETAIL, s->known.github_id, 0, w->arena, &s->memory, err))
        return STEP_TROUBLE;
    return fetch_repository(w, s);
}

static bool enqueue_part(struct work *w, struct db *db, enum job_kind kind, const struct repository_ref *r,
                         struct err *err)
{
    const struct job_request request = work_part(w, kind, r->full_name, r->github_id, r->stargazers);
    return jobs_enqueue_many(db, &request, 1, w->arena, err);
}

/* A person requested it, so its stargazers and its star history are tried unless this credential is known to be refused them.
 * Without stars there is nothing to read, unless there were some before. */
static bool enqueue_stars(struct work *w, struct db *db, const struct repository_ref *r, struct err *err)
{
    enum learned list, history;
    int64_t counted;
    if (!endpoint_learned(db, w->credential, STARGAZERS, &list, err) ||
        !endpoint_learned(db, w->credential, STAR_HISTORY, &history, err) ||
        !details_stars_added(db, r->github_id, &counted, err))
        return false;
    return (r->stargazers == 0 || list == LEARNED_DENIED || !stargazers_askable(w, w->credential) ||
            enqueue_part(w, db, JOB_REPOSITORY_STARGAZERS, r, err)) &&
           ((r->stargazers == 0 && counted == 0) || history == LEARNED_DENIED ||
            enqueue_part(w, db, JOB_REPOSITORY_STAR_HISTORY, r, err));
}

static bool finish_repository(struct work *w, struct db *db, const struct repository_ref *r, struct err *err)
{
    if (r->owner_github_id && !details_queue(db, RECORD_DEVELOPER, r->owner_github_id, w->job.task_id, err))
        return false;
    return enqueue_stars(w, db, r, err) && work_finish(w, db, NULL, 1, 1, err) && work_commit(w, db, err);
}

static bool save_repository(struct work *w, struct db *db, slice json, struct err *err)
{
    struct repository_state *s = w->state;
    struct repository_ref *refs;
    size_t n;
    bool forgotten = false;
    if (!work_open(w, db, err) ||
        !details_save_repositories(db, json, w->job.task_id, w->arena, &refs, &n, err) ||
        (n == 0 && !erasure_knows(db, json, &forgotten, err)))
        return false;
    if (forgotten)
        return work_finish(w, db, FORGOTTEN, 1, 0, err) && work_commit(w, db, err);
    if (n != 1)
        return err_set(err, ERR_BROKEN, "the detail of %s has no valid id and name", w->job.subject);
    if (s->known.known && s->known.github_id != refs[0].github_id && !s->known.gone &&
        !details_queue(db, RECORD_REPOSITORY, s->known.github_id, w->job.task_id, err))
        return false;
    return hydration_done(db, RECORD_REPOSITORY, &refs[0].github_id, 1, err) &&
           (w->hops || s->by_id ||
            pages_remember(db,
                           &(struct page_answer){.key = {DETAIL, refs[0].github_id, 0},
                                                 .label = w->credential->label,
                                                 .etag = work_validator(w),
                                                 .ids = &refs[0].github_id,
                                                 .n_ids = 1},
                           1, w->arena, err)) &&
           finish_repository(w, db, &refs[0], err);
}

static enum step repository_fresh(struct work *w, struct db *db, struct err *err)
{
    if (save_repository(w, db, detail_array(w, w->body), err))
        return STEP_DONE;
    AUTO_BUF clean = {0};
    bool ok = work_clean(db, w->body, GH_SHAPE_REPOSITORY, &clean, NULL, err) &&
              save_repository(w, db, buf_slice(&clean), err);
    return ok ? STEP_DONE : STEP_TROUBLE;
}

static enum step repository_gone(struct work *w, struct db *db, const char *reason, struct err *err)
{
    struct repository_state *s = w->state;
    if (!s->known.known)
        return work_end(w, db, w->outcome == GH_BLOCKED ? reason : "gone: GitHub knows no such repository",
                        err);
    if (!s->by_id) {
        s->by_id = true;
        return fetch_repository(w, s);
    }
    return subject_gone(w, db, (struct subject){RECORD_REPOSITORY, s->known.github_id}, reason, err);
}

enum step repository_answer(struct work *w, struct db *db, struct err *err)
{
    struct repository_state *s = w->state;
    switch (w->outcome) {
    case GH_FRESH:
        return repository_fresh(w, db, err);
    case GH_UNCHANGED:
        if (!work_open(w, db, err) || !finish_repository(w, db, &s->known, err))
            return STEP_TROUBLE;
        return STEP_DONE;
    case GH_GONE:
        return repository_gone(w, db, "gone", err);
    case GH_BLOCKED:
        return repository_gone(w, db, "blocked", err);
    default:
        return work_end(w, db, "restricted: GitHub does not show this repository to this credential", err);
    }
}
