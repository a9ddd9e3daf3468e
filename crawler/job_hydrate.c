/* hydrate_developers, hydrate_repositories, hydrate_records (both at once): a hundred stubs at a time through GraphQL, or one by one
 * by name or id. A stub leaves the queue, which is the cursor, in the transaction that saves its record. */
#include "core/base/rnd.h"
#include "core/base/words.h"
#include "core/uuid/uuid.h"
#include "crawler/jobs.h"
#include "github/hydrate.h"
#include "github/url.h"
#include "schema/graph/erasure.h"

#define GRAPHQL             "graphql"
#define BY_ID               "developer_id" /* in remembered_pages: the detail requested as /user/ID */
#define GRAPHQL_RETRY_HOURS 24
#define GRAPHQL_PAUSE_MS    60000
#define GRAPHQL_TRIES       4 /* failures in a row; then, unless GITHUB_HYDRATION forbids it, */
#define BY_REST_INSTEAD     10 /* this many go by REST, which may fail as well, before GraphQL is tried again */

struct hydrate_state {
    const struct stub_source *source;
    struct stub *stubs; /* the present batch; one for a detail request */
    size_t n;
    int batch;   /* halved when it is too much for GraphQL */
    int by_rest; /* how many to request by REST, since GraphQL failed */
    bool graphql, email, by_id, full;
    struct gh_fields without; /* fields omitted from the present query: this server lacks them */
    bool slow;                /* a query took GitHub too long, and a smaller one is in flight */
    int allowed; /* maximum of failed attempts of the stubs requested in this round; -1: not known yet */
    const char *failure; /* the last one */
};

static const struct stub_source queue_source;

static struct hydrate_state *state_of(struct work *w)
{
    if (!w->state) {
        struct hydrate_state *s = arena_alloc(w->arena, sizeof *s);
        const struct cursor *at = cursor_read(w->job.cursor, w->arena);
        s->batch = (int)cursor_i64(at, "batch", GH_HYDRATE_MAX);
        if (s->batch < 1 || s->batch > GH_HYDRATE_MAX)
            s->batch = GH_HYDRATE_MAX;
        /* A query that takes GitHub too long ends in a 502 or 504, and must not be repeated unchanged. */
        for (int i = 0; i < w->job.attempt && s->batch > 1; i++)
            s->batch /= 2;
        s->source = w->job.kind == JOB_SAMPLE ? &sample_source : &queue_source;
        s->by_rest = (int)cursor_i64(at, "by_rest", 0);
        if (s->source == &queue_source && w->job.attempt >= GRAPHQL_TRIES && !s->by_rest &&
            work_config(w)->hydration != HYDRATION_GRAPHQL)
            s->by_rest = BY_REST_INSTEAD;
        s->email = true;
        s->allowed = -1;
        w->state = s;
    }
    return w->state;
}

static slice batch_cursor(struct work *w, const struct hydrate_state *s)
{
    const struct work_field fields[] = {
        {"batch", NULL, s->batch}, {"by_rest", NULL, s->by_rest}, {NULL, NULL, 0}};
    return work_json(w, fields);
}

/* ---- requests ---- */

/* An owner is requested by id with each of their repositories, so the ETag of that answer is stored. */
static enum step fetch_developer_again(struct work *w, struct db *db, const struct stub *stub,
                                       struct err *err)
{
    struct page_memory memory;
    if (!pages_recall(db, BY_ID, stub->github_id, 0, w->arena, &memory, err))
        return STEP_TROUBLE;
    const struct gh_credential *c = work_credential(w, memory.label);
    bool ours = memory.known && memory.label && strcmp(memory.label, c->label) == 0;
    return work_get(w, c, work_url(w, "/user/%lld", (long long)stub->github_id), ACCEPT_JSON,
                    ours ? memory.etag : NULL, false);
}

static enum step fetch_one(struct work *w, struct db *db, struct hydrate_state *s, struct err *err)
{
    const struct stub *stub = &s->stubs[0];
    if (stub->kind == RECORD_DEVELOPER && s->by_id && s->full)
        return fetch_developer_again(w, db, stub, err);
    const struct gh_credential *c = work_credential(w, NULL);
    slice name = slice_of(stub->name), owner;
    const char *url;
    if (stub->kind == RECORD_DEVELOPER)
        url = s->by_id ? work_url(w, "/user/%lld", (long long)stub->github_id)
                       : work_url(w, "/users/%s", gh_url_segment(w->arena, name));
    else if (s->by_id || !slice_split(&name, '/', &owner) || !name.ptr)
        url = work_url(w, "/repositories/%lld", (long long)stub->github_id);
    else
        url = work_url(w, "/repos/%s/%s", gh_url_segment(w->arena, owner), gh_url_segment(w->arena, name));
    return work_get(w, c, url, ACCEPT_JSON, NULL, false);
}

static enum step fetch_batch(struct work *w, struct db *db, struct hydrate_state *s, struct err *err)
{
    const struct gh_credential *c = gh_quota_best(work_quota(w), GH_GRAPHQL, work_purpose(w));
    bool email;
    if (!work_email_allowed(w, db, c, &email, err))
        return STEP_TROUBLE;
    work_lacking(w, &s->without);
    AUTO_BUF body = {.max = 256 * 1024};
    gh_hydrate_query(s->stubs, s->n, s->email && email, &s->without, &body);
    slice copy = slice_from(arena_dup(w->arena, buf_slice(&body)), body.len);
    return work_graphql(w, c, copy);
}

/* Nothing is left to request. Stubs that were given up stay with the job, which fails and may be retried. */
static enum step queue_finish(struct work *w, struct db *db, struct err *err)
{
    const struct hydrate_state *s = state_of(w);
    int64_t n;
    if (!hydration_given_up(db, &w->job, &n, err))
        return STEP_TROUBLE;
    if (n) {
        char records[WORDS_SIZE];
        const char *failure = s->failure ? s->failure : "each failed in every attempt";
        words_count(records, n, "record", "records");
        const char *why = arena_printf(w->arena, "%s could not be read: %s", records, failure);
        enum step step = work_put_back(w, 0, WAIT_BACKOFF, why);
        w->gives_up = true;
        return step;
    }
    if (!work_open(w, db, err) || !hydration_job_done(db, &w->job, err) ||
        !work_finish(w, db, NULL, 0, 0, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

static enum step next_round(struct work *w, const struct stub *stub)
{
    const struct hydrate_state *s = state_of(w);
    return work_put_back(w, job_backoff_ms(stub->tries, rnd_u64()), WAIT_BACKOFF,
                         s->failure ? s->failure : "details failed");
}

static bool queue_next(struct work *w, struct db *db, int most, struct stub **stubs_out, size_t *n_out,
                       bool *graphql_out, struct err *err)
{
    return hydration_stubs(db, &w->job, most, w->arena, stubs_out, n_out, err) &&
           work_graphql_usable(w, db, *n_out, graphql_out, err);
}

/* The next stubs of this job: those for GraphQL as a batch, else the first one alone. */
static enum step fetch_next(struct work *w, struct db *db, struct err *err)
{
    struct hydrate_state *s = state_of(w);
    struct stub *stubs;
    size_t n, take = 0;
    bool graphql;
    if (!s->source->next(w, db, s->batch, &stubs, &n, &graphql, err))
        return STEP_TROUBLE;
    if (!n)
        return s->source->finish(w, db, err);
    if (!graphql && s->source == &sample_source)
        return sample_needs_graphql(w);
    s->stubs = arena_array(w->arena, n, sizeof *s->stubs);
    for (size_t i = 0; i < n && graphql && !s->by_rest; i++)
        if (!stubs[i].rest && stubs[i].node_id)
            s->stubs[take++] = stubs[i];
    s->graphql = take > 0;
    if (!s->graphql && s->allowed < 0)
        s->allowed = stubs[0].tries;
    if (!s->graphql && stubs[0].tries > s->allowed) /* all remaining ones have failed */
        return next_round(w, &stubs[0]);
    if (!s->graphql)
        s->stubs[take++] = stubs[0];
    s->n = take;
    s->by_id = !s->graphql && stubs[0].rest;
    s->full = !s->graphql && stubs[0].full;
    return s->graphql ? fetch_batch(w, db, s, err) : fetch_one(w, db, s, err);
}

enum step hydrate_begin(struct work *w, struct db *db, struct err *err)
{
    return fetch_next(w, db, err);
}

/* ---- saving ---- */

enum found { FOUND_NONE, FOUND_ANOTHER, FOUND_ONE };

static bool save_items(struct work *w, struct db *db, enum record_kind kind, slice json, int64_t only_id,
                       enum found *found_out, struct err *err)
{
    struct saved_detail *saved;
    size_t n;
    if (!details_save(w, db, kind, json, &saved, &n, err))
        return false;
    *found_out = n ? FOUND_ANOTHER : FOUND_NONE;
    for (size_t i = 0; i < n; i++)
        if (saved[i].github_id == only_id)
            *found_out = FOUND_ONE;
    return true;
}

/* Opens the transaction. A value of the wrong type: repeats with the items that remain after cleaning one by one. */
static bool save_with_care(struct work *w, struct db *db, enum record_kind kind, slice json, int64_t only_id,
                           enum found *found_out, struct err *err)
{
    if (work_open(w, db, err) && save_items(w, db, kind, json, only_id, found_out, err))
        return true;
    AUTO_BUF clean = {0};
    return work_clean(db, json, detail_shape(kind), &clean, NULL, err) && work_open(w, db, err) &&
           save_items(w, db, kind, buf_slice(&clean), only_id, found_out, err);
}

/* A repository without an owner in its node is saved only if its stored row shows the owner; otherwise its detail is requested. */
static bool save_repositories(struct work *w, struct db *db, struct hydrate_state *s, slice json,
                              struct err *err)
{
    struct repository_ref *saved;
    size_t n;
    if (!details_save_repositories(db, json, w->job.task_id, w->arena, &saved, &n, err))
        return false;
    for (size_t i = 0, k = 0; i < s->n; i++, k = 0) {
        while (k < n && saved[k].github_id != s->stubs[i].github_id)
            k++;
        if (k == n && s->stubs[i].owner_unknown)
            s->stubs[i].state = STUB_UNSURE;
    }
    return true;
}

static bool save_both(struct work *w, struct db *db, slice developers, slice repositories, struct err *err)
{
    enum found any;
    return work_open(w, db, err) &&
           (developers.len <= 2 || save_items(w, db, RECORD_DEVELOPER, developers, 0, &any, err)) &&
           (repositories.len <= 2 || save_repositories(w, db, state_of(w), repositories, err));
}

static size_t ids_of(struct work *w, const struct hydrate_state *s, enum record_kind kind, bool found,
                     const int64_t **ids_out)
{
    int64_t *ids = arena_array(w->arena, s->n, sizeof *ids);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->stubs[i].kind == kind && (s->stubs[i].state == STUB_FOUND) == found)
            ids[n++] = s->stubs[i].github_id;
    *ids_out = ids;
    return n;
}

/* Takes the found stubs of a kind out of the queue; those without an answer of GraphQL continue by REST. */
static bool settle_kind(struct work *w, struct db *db, enum record_kind kind, size_t *n_found,
                        struct err *err)
{
    const struct hydrate_state *s = state_of(w);
    const int64_t *found, *others;
    size_t n = ids_of(w, s, kind, true, &found), n_others = ids_of(w, s, kind, false, &others);
    *n_found += n;
    return hydration_done(db, kind, found, n, err) && hydration_needs_rest(db, kind, others, n_others, err);
}

static bool queue_settle(struct work *w, struct db *db, const struct stub *stubs, size_t n, size_t *n_found,
                         struct err *err)
{
    (void)stubs, (void)n; /* the state's */
    return settle_kind(w, db, RECORD_DEVELOPER, n_found, err) &&
           settle_kind(w, db, RECORD_REPOSITORY, n_found, err);
}

static const struct stub_source queue_source = {queue_next, queue_settle, queue_finish};

/* GitHub's problems with GraphQL last minutes, and failed queries are charged: retries wait for at least a minute. */
static enum step batch_later(struct work *w, const char *why)
{
    int64_t in_ms = job_backoff_ms(w->job.attempt + 7, rnd_u64());
    return work_put_back(w, in_ms < GRAPHQL_PAUSE_MS ? GRAPHQL_PAUSE_MS : in_ms, WAIT_BACKOFF, why);
}

static bool settle_batch(struct work *w, struct db *db, struct hydrate_state *s, struct err *err)
{
    size_t n_found = 0;
    return s->source->settle(w, db, s->stubs, s->n, &n_found, err) &&
           work_save(w, db, batch_cursor(w, s), 1, (int64_t)n_found, err) && work_commit(w, db, err);
}

/* No node can be trusted, so each is requested by REST. The same query would have the same answer. */
static bool batch_by_rest(struct work *w, struct db *db, struct hydrate_state *s, struct err *err)
{
    log_warn("graphql.not_saved", L_STR("why", err->text));
    db_rollback(db);
    for (size_t i = 0; i < s->n; i++)
        s->stubs[i].state = STUB_UNSURE;
    return work_open(w, db, err) && settle_batch(w, db, s, err);
}

static enum step save_batch(struct work *w, struct db *db, slice developers, slice repositories,
                            struct err *err)
{
    struct hydrate_state *s = state_of(w);
    if (s->source == &sample_source && sample_learned_nothing(s->stubs, s->n))
        return batch_later(w, "GraphQL does not say whether these ids exist");
    bool ok = save_both(w, db, developers, repositories, err) && settle_batch(w, db, s, err);
    if (!ok && s->source == &queue_source && work_wants_cleaning(err))
        ok = batch_by_rest(w, db, s, err);
    return ok ? fetch_next(w, db, err) : STEP_TROUBLE;
}

/* ---- GraphQL's answers ---- */

static enum step halve(struct work *w, struct db *db, struct hydrate_state *s, struct err *err)
{
    if (s->n == 1 && s->source == &sample_source)
        return batch_later(w, "GraphQL does not answer for an id alone");
    if (s->n == 1) {
        s->stubs[0].state = STUB_UNSURE;
        return work_open(w, db, err) && settle_batch(w, db, s, err) ? fetch_next(w, db, err) : STEP_TROUBLE;
    }
    s->batch = (int)(s->n / 2);
    s->n = (size_t)s->batch;
    log_info("graphql.smaller_batch", L_I64("batch", s->batch));
    return fetch_batch(w, db, s, err);
}

static enum step batch_refused(struct work *w, struct db *db, struct err *err)
{
    log_warn("graphql.refused", L_STR("credential", w->credential->label), L_I64("status", w->fetch.status),
             L_STR("request_id", w->fetch.headers.request_id));
    if (work_config(w)->hydration == HYDRATION_GRAPHQL)
        return batch_later(w, "GraphQL is refused, and GITHUB_HYDRATION allows nothing else");
    if (!quota_learn(db, w->credential->label, GRAPHQL, false, w->fetch.status, GRAPHQL_RETRY_HOURS, err))
        return STEP_TROUBLE;
    return fetch_next(w, db, err);
}

/* The first time, a smaller query at once; later ones after minutes, halved further with each try (state_of). */
static enum step batch_slow(struct work *w, struct db *db, struct hydrate_state *s, struct err *err)
{
    if (s->slow || s->n == 1)
        return batch_later(w, "GraphQL takes too long");
    s->slow = true;
    return halve(w, db, s, err);
}

static enum step batch_without_email(struct work *w, struct db *db, struct hydrate_state *s, struct err *err)
{
    if (!s->email)
        return batch_refused(w, db, err);
    s->email = false;
    return fetch_batch(w, db, s, err);
}

static enum step batch_answer(struct work *w, struct db *db, struct err *err)
{
    struct hydrate_state *s = state_of(w);
    struct gh_fields lacking;
    int64_t cost;
    if (w->outcome != GH_FRESH)
        return batch_refused(w, db, err);
    AUTO_BUF developers = {.max = GH_MAX_BODY_BYTES};
    AUTO_BUF repositories = {.max = GH_MAX_BODY_BYTES};
    enum gh_hydrate_result result =
        gh_hydrate_read(w->body, s->stubs, s->n, &developers, &repositories, &cost, &lacking);
    enum step step = STEP_TROUBLE;
    w->cost += (int)cost; /* points of GraphQL count like units of REST: a job's cost is the sum */
    if (w->job.kind == JOB_HYDRATE_RECORDS && cost > 2)
        work_mixing_costs(w);
    switch (result) {
    case GH_HYDRATED:
        step = save_batch(w, db, buf_slice(&developers), buf_slice(&repositories), err);
        break;
    case GH_HYDRATE_SMALLER:
        step = halve(w, db, s, err);
        break;
    case GH_HYDRATE_SLOW:
        step = batch_slow(w, db, s, err);
        break;
    case GH_HYDRATE_NO_EMAIL:
        step = batch_without_email(w, db, s, err);
        break;
    case GH_HYDRATE_LACKS_FIELDS:
        work_lacks(w, &lacking);
        step = gh_fields_add(&s->without, &lacking) ? fetch_batch(w, db, s, err) : batch_refused(w, db, err);
        break;
    case GH_HYDRATE_REFUSED:
        step = batch_refused(w, db, err);
        break;
    case GH_HYDRATE_FAILED:
        step = batch_later(w, "GraphQL's answer has no records");
        break;
    }
    return step;
}

/* ---- the detail calls' answers ---- */

/* The stub is finished: its answer is saved, or it is gone. Continues with the next one. */
static enum step one_done(struct work *w, struct db *db, struct err *err)
{
    struct hydrate_state *s = state_of(w);
    s->by_rest -= s->by_rest > 0;
    if (!hydration_done(db, s->stubs[0].kind, &s->stubs[0].github_id, 1, err) ||
        !work_save(w, db, batch_cursor(w, s), 1, 1, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return fetch_next(w, db, err);
}

static enum step one_fresh(struct work *w, struct db *db, struct err *err)
{
    struct hydrate_state *s = state_of(w);
    bool forgotten = false;
    enum found found;
    slice json = detail_array(w, w->body);
    if (!save_with_care(w, db, s->stubs[0].kind, json, s->stubs[0].github_id, &found, err))
        return STEP_TROUBLE;
    if (found != FOUND_ONE && s->by_id && !erasure_knows(db, json, &forgotten, err)) {
        if (!work_wants_cleaning(err)) /* an id of another type names no record */
            return STEP_TROUBLE;
        db_rollback(db);
    }
    if (forgotten)
        return one_done(w, db, err);
    if (found != FOUND_ONE &&
        !s->by_id) { /* the name now belongs to another record, which is saved as well */
        if (!hydration_needs_rest(db, s->stubs[0].kind, &s->stubs[0].github_id, 1, err) ||
            !work_save(w, db, batch_cursor(w, s), 1, 1, err) || !work_commit(w, db, err))
            return STEP_TROUBLE;
        s->by_id = true;
        return fetch_one(w, db, s, err);
    }
    if (found != FOUND_ONE)
        return work_put_back(w, job_backoff_ms(w->job.attempt + 1, rnd_u64()), WAIT_BACKOFF,
                             found == FOUND_ANOTHER ? "the detail requested by id has another id" : NAMELESS);
    if (s->stubs[0].kind == RECORD_DEVELOPER && s->by_id &&
        !pages_remember(db,
                        &(struct page_answer){.key = {BY_ID, s->stubs[0].github_id, 0},
                                              .label = w->credential->label,
                                              .etag = work_validator(w)},
                        1, w->arena, err))
        return STEP_TROUBLE;
    return one_done(w, db, err);
}

static enum step one_missing(struct work *w, struct db *db, const char *reason, struct err *err)
{
    struct hydrate_state *s = state_of(w);
    if (!s->by_id && w->outcome == GH_GONE) {
        s->by_id = true;
        return fetch_one(w, db, s, err);
    }
    int64_t id = s->stubs[0].github_id;
    if (!work_open(w, db, err) ||
        !(s->stubs[0].kind == RECORD_DEVELOPER ? details_developer_gone(db, id, w->job.task_id, reason, err)
                                               : details_repository_gone(db, id, reason, err)))
        return STEP_TROUBLE;
    return one_done(w, db, err);
}

/* The stub waits for another attempt of the job, or for another sync; the job continues with the others. */
static enum step one_waits(struct work *w, struct db *db,
                           bool (*noted)(struct db *, enum record_kind, int64_t, struct err *),
                           struct err *err)
{
    struct hydrate_state *s = state_of(w);
    s->by_rest -= s->by_rest > 0;
    if (!work_open(w, db, err) || !noted(db, s->stubs[0].kind, s->stubs[0].github_id, err) ||
        !work_save(w, db, batch_cursor(w, s), noted == hydration_refused, 0, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    s->n = 0;
    return fetch_next(w, db, err);
}

enum step hydrate_answer(struct work *w, struct db *db, struct err *err)
{
    if (state_of(w)->graphql)
        return batch_answer(w, db, err);
    switch (w->outcome) {
    case GH_FRESH:
        return one_fresh(w, db, err);
    case GH_GONE:
        return one_missing(w, db, "gone", err);
    case GH_BLOCKED:
        return one_missing(w, db, "blocked", err);
    default:
        return one_waits(w, db, hydration_refused, err);
    }
}

/* Only the failed detail waits: the job continues with the others. */
enum step hydrate_failed(struct work *w, struct db *db, struct err *err)
{
    struct hydrate_state *s = state_of(w);
    if (s->graphql || !s->n)
        return STEP_PUT_BACK;
    s->failure = arena_printf(w->arena, "%s: %s", s->stubs[0].name, w->again_why);
    return one_waits(w, db, hydration_tried, err);
}
