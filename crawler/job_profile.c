/* full_profile_sync: a developer's detail, then his lists as jobs of the same task.
 *
 * He is asked for by login, with the ETag of the last answer. A login that answers 404 may have been renamed: the id we
 * know is asked once before he is taken to be gone. */
#include "core/uuid/uuid.h"
#include "crawler/jobs.h"
#include "github/decode.h"
#include "github/url.h"
#include "schema/graph/erasure.h"

#define PROFILE "developer"

struct profile_state {
    struct developer_ref known; /* before the answer */
    struct page_memory memory;
    bool by_id;
};

static enum step fetch_profile(struct work *w, struct profile_state *s)
{
    const struct gh_credential *c = work_credential(w, s->memory.label);
    bool ours = s->memory.known && s->memory.label && strcmp(s->memory.label, c->label) == 0;
    const char *url = s->by_id ? work_url(w, "/user/%lld", (long long)s->known.github_id)
                               : work_url(w, "/users/%s", gh_url_segment(w->arena, slice_of(w->job.subject)));
    return work_get(w, c, url, ACCEPT_JSON, ours && !s->by_id && !s->known.gone ? s->memory.etag : NULL,
                    false);
}

enum step profile_begin(struct work *w, struct db *db, struct err *err)
{
    struct profile_state *s = arena_alloc(w->arena, sizeof *s);
    w->state = s;
    if (!details_find_login(db, w->job.subject, w->arena, &s->known, err))
        return STEP_TROUBLE;
    if (s->known.known && !pages_recall(db, PROFILE, s->known.github_id, 0, w->arena, &s->memory, err))
        return STEP_TROUBLE;
    return fetch_profile(w, s);
}

slice detail_array(struct work *w, slice body)
{
    char *text = arena_alloc(w->arena, body.len + 3);
    text[0] = '[';
    memcpy(text + 1, body.ptr, body.len);
    text[body.len + 1] = ']';
    return slice_from(text, body.len + 2);
}

/* ---- his lists ---- */

static bool enqueue_list(struct work *w, struct db *db, enum job_kind kind,
                         const struct developer_ref *developer, int64_t count, struct err *err)
{
    const struct work_field args[] = {{"id", NULL, developer->github_id},
                                      {"name", developer->login, 0},
                                      {count >= 0 ? "count" : NULL, NULL, count},
                                      {NULL, NULL, 0}};
    const struct job_request request = {
        .kind = kind,
        .subject = developer->login,
        .key = arena_printf(w->arena, "%s:%lld", job_kind_name(kind), (long long)developer->github_id),
        .task_id = w->job.task_id,
        .priority = w->job.priority,
        .args = work_json(w, args),
    };
    return jobs_enqueue_later(db, &request, err);
}

/* A list whose count is 0 and of which we hold nothing has nothing to tell. Organisations follow and star nothing. Stars
 * have no count. */
bool enqueue_lists(struct work *w, struct db *db, const struct developer_ref *d, struct err *err)
{
    struct edges_known known;
    bool person = strcmp(d->type, "Organization") != 0;
    if (!details_edges_known(db, d->github_id, &known, err))
        return false;
    const struct {
        enum job_kind kind;
        int64_t count;
        bool wanted;
    } lists[] = {
        {JOB_DEVELOPER_FOLLOWERS, d->followers, d->followers != 0 || known.followers},
        {JOB_DEVELOPER_FOLLOWING, d->following, (person && d->following != 0) || known.following},
        {JOB_DEVELOPER_STARRED, -1, person || known.stars},
        {JOB_DEVELOPER_REPOSITORIES, d->public_repos, d->public_repos != 0 || known.repositories},
    };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (lists[i].wanted && !enqueue_list(w, db, lists[i].kind, d, lists[i].count, err))
            return false;
    return true;
}

/* ---- the answer ---- */

static bool finish_walk(struct work *w, struct db *db, const struct developer_ref *d, struct err *err)
{
    const int64_t counts[3] = {d->followers, d->following, d->public_repos};
    return frontier_walked(db, d->github_id, counts, err) && enqueue_lists(w, db, d, err) &&
           work_finish(w, db, NULL, 1, 1, err) && work_commit(w, db, err);
}

static bool save_profile(struct work *w, struct db *db, slice json, struct err *err)
{
    struct profile_state *s = w->state;
    struct developer_ref *refs;
    size_t n;
    bool forgotten = false;
    if (!work_open(w, db, err) ||
        !details_save_developers(db, json, w->job.task_id, w->arena, &refs, &n, err) ||
        (n == 0 && !erasure_knows(db, json, &forgotten, err)))
        return false;
    if (forgotten)
        return work_finish(w, db, FORGOTTEN, 1, 0, err) && work_commit(w, db, err);
    if (n != 1)
        return err_set(err, ERR_BROKEN, "the profile of %s has no id and login", w->job.subject);
    /* The login was another's before: what became of him, his id tells. */
    if (s->known.known && s->known.github_id != refs[0].github_id && !s->known.gone &&
        !details_queue(db, RECORD_DEVELOPER, s->known.github_id, w->job.task_id, err))
        return false;
    return hydration_done(db, RECORD_DEVELOPER, &refs[0].github_id, 1, err) &&
           (s->by_id || pages_remember(db, PROFILE, refs[0].github_id, 0, w->credential->label,
                                       work_validator(w), &refs[0].github_id, 1, NULL, err)) &&
           finish_walk(w, db, &refs[0], err);
}

static enum step profile_fresh(struct work *w, struct db *db, struct err *err)
{
    if (save_profile(w, db, detail_array(w, w->body), err))
        return STEP_DONE;
    if (!work_wants_cleaning(err))
        return STEP_TROUBLE;
    struct buf clean;
    size_t dropped;
    db_rollback(db);
    buf_init(&clean, GH_MAX_BODY_BYTES);
    bool ok = gh_decode_clean(w->body, GH_SHAPE_USER, &clean, &dropped, err) &&
              save_profile(w, db, buf_slice(&clean), err);
    buf_finish(&clean);
    return ok ? STEP_DONE : STEP_TROUBLE;
}

static enum step profile_unchanged(struct work *w, struct db *db, struct err *err)
{
    struct profile_state *s = w->state;
    if (!work_open(w, db, err) || !finish_walk(w, db, &s->known, err))
        return STEP_TROUBLE;
    return STEP_DONE;
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
    if (!work_open(w, db, err) ||
        !details_developer_gone(db, s->known.github_id, w->job.task_id, reason, err) ||
        !hydration_done(db, RECORD_DEVELOPER, &s->known.github_id, 1, err) ||
        !work_finish(w, db, reason, 1, 0, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

enum step profile_answer(struct work *w, struct db *db, struct err *err)
{
    switch (w->outcome) {
    case GH_FRESH:
        return profile_fresh(w, db, err);
    case GH_UNCHANGED:
        return profile_unchanged(w, db, err);
    case GH_GONE:
        return profile_gone(w, db, "gone", err);
    case GH_BLOCKED:
        return profile_gone(w, db, "blocked", err);
    default:
        return work_end(w, db, "restricted: GitHub does not show this profile to this credential", err);
    }
}
