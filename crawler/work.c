/* Functions shared by the steps of all kinds of jobs. */
#include "crawler/work.h"
#include "core/base/rnd.h"
#include "core/json/jw.h"
#include "crawler/crawler_private.h"
#include "github/hydrate.h"
#include "github/url.h"
#include <stdarg.h>
#include <stdio.h>

#define REST_CHUNK        10
#define MUCH_MEMORY_BYTES (64u * 1024u)     /* some ten pages of a list */
#define DATE_MARK         "last-modified: " /* a validator that is a date, for servers that send no ETag */

const struct config *work_config(const struct work *w)
{
    return w->crawler->cfg;
}

struct item_memory *work_item_memory(const struct work *w)
{
    return w->crawler->items;
}

enum quota_purpose work_purpose(const struct work *w)
{
    return w->job.priority >= PRIORITY_DISCOVERY ? QUOTA_BACKGROUND : QUOTA_ASKED;
}

struct gh_quota *work_quota(struct work *w)
{
    return w->crawler->quota;
}

static enum step ask(struct work *w, const struct gh_credential *credential, enum gh_resource resource,
                     const char *url, const char *accept)
{
    w->credential = credential;
    w->resource = resource;
    w->asked = true;
    w->answered = false;
    w->hops = 0;
    w->remembered = NULL;
    buf_finish(&w->fetch.body);
    buf_finish(&w->fetch.head);
    buf_finish(&w->fetch.raw);
    w->fetch = (struct gh_fetch){
        .url = url,
        .accept = accept,
        .keeps_raw = resource == GH_CORE && (atomic_load(&w->crawler->shares) || credential->app),
        .per_minute = gh_quota_per_minute(w->crawler->quota, credential, resource),
        .background = work_purpose(w) == QUOTA_BACKGROUND,
        .owner = w,
    };
    return STEP_FETCH;
}

enum step work_get(struct work *w, const struct gh_credential *credential, const char *url,
                   const char *accept, const char *etag, bool expects_array)
{
    enum step step = ask(w, credential, GH_CORE, url, accept);
    slice validator = slice_of(etag), date = SLICE(DATE_MARK);
    if (slice_starts(validator, date))
        w->fetch.last_modified = arena_strdup(w->arena, etag + date.len);
    else
        w->remembered = w->fetch.etag = validator.len ? arena_strdup(w->arena, etag) : NULL;
    w->expects_array = expects_array;
    return step;
}

const char *work_validator(struct work *w)
{
    const struct gh_headers *h = &w->fetch.headers;
    if (h->etag[0] || !h->last_modified[0])
        return h->etag;
    return arena_printf(w->arena, DATE_MARK "%s", h->last_modified);
}

enum step work_graphql(struct work *w, const struct gh_credential *credential, slice body)
{
    char *url = gh_url_graphql(w->arena, w->crawler->cfg->github_api_url);
    enum step step = ask(w, credential, GH_GRAPHQL, url, ACCEPT_JSON);
    w->fetch.post = body;
    w->waits_for_its_own = false;
    w->expects_array = false;
    return step;
}

enum step work_put_back(struct work *w, int64_t in_ms, enum job_wait wait, const char *why)
{
    w->again_ms = in_ms;
    w->again_wait = wait;
    w->again_why = arena_strdup(w->arena, why);
    w->gives_up = false;
    return STEP_PUT_BACK;
}

char *work_url(struct work *w, const char *format, ...)
{
    char path[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(path, sizeof path, format, args);
    va_end(args);
    return gh_url_join(w->arena, w->crawler->cfg->github_api_url, path);
}

bool work_has_other_credential(struct work *w)
{
    return gh_quota_has_other(w->crawler->quota, w->credential, w->resource, work_purpose(w));
}

/* 1-60 s after the reset, so that jobs do not all start at once; less where windows are short. */
static int64_t reset_jitter_ms(int64_t wait_ms)
{
    int64_t spread = wait_ms / 10 < 60000 ? wait_ms / 10 : 60000;
    return rnd_between(1000, spread < 1000 ? 1000 : spread);
}

bool work_moves_on(struct work *w)
{
    return !w->waits_for_its_own && work_has_other_credential(w);
}

int64_t work_until_reset_ms(struct work *w, int64_t wait_ms)
{
    return work_moves_on(w) ? 0 : wait_ms + reset_jitter_ms(wait_ms);
}

const struct gh_credential *work_credential(struct work *w, const char *label)
{
    struct gh_quota *q = w->crawler->quota;
    enum quota_purpose purpose = work_purpose(w);
    const struct gh_credential *c = label ? gh_credentials_find(&w->crawler->credentials, label) : NULL;
    bool usable = c && gh_quota_held_ms(q, c) == 0;
    w->waits_for_its_own = usable && purpose == QUOTA_BACKGROUND;
    if (usable && (w->waits_for_its_own || !gh_quota_used_up_ms(q, c, GH_CORE, purpose) ||
                   !gh_quota_has_other(q, c, GH_CORE, purpose)))
        return c;
    return gh_quota_best(q, GH_CORE, purpose);
}

static bool has_token(const struct work *w)
{
    return !gh_credential_is_anonymous(&w->crawler->credentials.items[0]);
}

/* The number of stubs in a hydration job: one GraphQL query, or a few concurrent detail requests. */
static int work_chunk(const struct work *w)
{
    return has_token(w) && w->crawler->cfg->hydration != HYDRATION_REST ? GH_HYDRATE_MAX : REST_CHUNK;
}

void work_mixing_costs(struct work *w)
{
    if (!atomic_exchange(&w->crawler->mixing_costs, true))
        log_info("graphql.mixing_costs", L_STR("credential", w->credential->label));
}

void work_lacking(struct work *w, struct gh_fields *out)
{
    pthread_mutex_lock(&w->crawler->lock);
    *out = w->crawler->lacking;
    pthread_mutex_unlock(&w->crawler->lock);
}

void work_lacks(struct work *w, const struct gh_fields *more)
{
    pthread_mutex_lock(&w->crawler->lock);
    bool added = gh_fields_add(&w->crawler->lacking, more);
    pthread_mutex_unlock(&w->crawler->lock);
    for (size_t i = 0; added && i < more->n; i++)
        if (more->items[i].name[0])
            log_warn("graphql.lacks_field", L_STR("type", more->items[i].type),
                     L_STR("field", more->items[i].name));
        else
            log_warn("graphql.lacks_type", L_STR("type", more->items[i].type));
}

void work_foreign_link(struct work *w, slice url)
{
    if (!atomic_exchange(&w->crawler->foreign_told, true))
        log_warn("github.foreign_link", L_STR("link", arena_dup(w->arena, url)),
                 L_STR("asked_of", w->crawler->cfg->github_api_url));
}

static bool hand_out(struct work *const *works, size_t n, struct db *db, struct arena *a, struct err *err)
{
    const struct job **jobs = arena_array(a, n, sizeof *jobs);
    bool mix = work_chunk(works[0]) == GH_HYDRATE_MAX && !atomic_load(&works[0]->crawler->mixing_costs);
    for (size_t i = 0; i < n; i++)
        jobs[i] = &works[i]->job;
    return hydration_hand_out(db, jobs, n, work_chunk(works[0]), mix, a, err);
}

bool work_hand_out(struct work *w, struct db *db, struct err *err)
{
    return hand_out(&w, 1, db, w->arena, err);
}

/* n stubs cost a point of GraphQL's quota or n units of REST's: the quota
 * that lasts for more such batches is used. So GraphQL is used while both are full, and REST when GraphQL's quota is nearly used up and
 * lists have left much of REST's. */
static bool rest_has_more_to_spare(const struct work *w, size_t n)
{
    struct gh_quota *q = w->crawler->quota;
    int64_t rest = gh_quota_spare(q, GH_CORE, work_purpose(w));
    int64_t graphql = gh_quota_spare(q, GH_GRAPHQL, work_purpose(w));
    return n && rest != INT64_MAX && rest / (int64_t)n > graphql;
}

bool work_graphql_possible(struct work *w, struct db *db, bool *possible_out, struct err *err)
{
    *possible_out = false;
    if (!has_token(w) || w->crawler->cfg->hydration == HYDRATION_REST)
        return true;
    const struct gh_credential *c = gh_quota_best(w->crawler->quota, GH_GRAPHQL, work_purpose(w));
    return quota_may_try(db, c->label, "graphql", possible_out, err);
}

bool work_graphql_usable(struct work *w, struct db *db, size_t n, bool *usable_out, struct err *err)
{
    *usable_out = false;
    if (!has_token(w) || w->crawler->cfg->hydration == HYDRATION_REST)
        return true;
    if (w->crawler->cfg->hydration == HYDRATION_GRAPHQL) {
        *usable_out = true;
        return true;
    }
    if (rest_has_more_to_spare(w, n))
        return true;
    /* REST costs a hundred times as much, but is used while GraphQL's window is used up. */
    if (gh_quota_is_exhausted(w->crawler->quota, GH_GRAPHQL, work_purpose(w)) &&
        !gh_quota_is_exhausted(w->crawler->quota, GH_CORE, work_purpose(w)))
        return true;
    const struct gh_credential *c = gh_quota_best(w->crawler->quota, GH_GRAPHQL, work_purpose(w));
    return quota_may_try(db, c->label, "graphql", usable_out, err);
}

bool works_open(struct work *const *works, size_t n, struct db *db, struct arena *a, struct err *err)
{
    const struct job **jobs = arena_array(a, n, sizeof *jobs);
    for (size_t i = 0; i < n; i++)
        jobs[i] = &works[i]->job;
    return db_begin(db, err) && jobs_hold_all(db, jobs, n, a, err);
}

bool work_open(struct work *w, struct db *db, struct err *err)
{
    return works_open(&w, 1, db, w->arena, err);
}

static void warn_incomplete(const struct work_end *e)
{
    if (e->finished && e->note && slice_starts(slice_of(e->note), SLICE(JOB_INCOMPLETE)))
        log_warn("job.incomplete", L_I64("id", e->w->job.id), L_STR("kind", job_kind_name(e->w->job.kind)),
                 L_STR("subject", e->w->job.subject), L_STR("why", e->note));
}

/* Jobs end before stubs are handed out: of two jobs of a task that end together, one must be the last. */
bool works_end(const struct work_end *ends, size_t n, struct db *db, struct arena *a, struct err *err)
{
    struct job_progress *saved = arena_array(a, n, sizeof *saved),
                        *finished = arena_array(a, n, sizeof *finished);
    struct work **over = arena_array(a, n, sizeof(struct work *));
    size_t n_saved = 0, n_finished = 0;
    for (size_t i = 0; i < n; i++) {
        const struct work_end *e = &ends[i];
        const struct job_progress p = {&e->w->job, e->cursor, e->note, e->pages, e->w->cost, e->records};
        warn_incomplete(e);
        e->w->next_cursor = e->finished ? (slice){0} : e->cursor;
        e->w->next_pages = e->pages;
        if (!e->finished) {
            saved[n_saved++] = p;
        } else {
            over[n_finished] = e->w;
            finished[n_finished++] = p;
        }
    }
    return jobs_save(db, saved, n_saved, a, err) && jobs_finish(db, finished, n_finished, a, err) &&
           (!n_finished || hand_out(over, n_finished, db, a, err));
}

bool work_save(struct work *w, struct db *db, slice cursor, int pages, int64_t records, struct err *err)
{
    const struct work_end end = {.w = w, .cursor = cursor, .pages = pages, .records = records};
    return works_end(&end, 1, db, w->arena, err);
}

bool work_finish(struct work *w, struct db *db, const char *note, int pages, int64_t records, struct err *err)
{
    const struct work_end end = {.w = w, .finished = true, .note = note, .pages = pages, .records = records};
    return works_end(&end, 1, db, w->arena, err);
}

bool works_commit(struct work *const *works, size_t n, struct db *db, struct err *err)
{
    if (!db_commit(db, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct work *w = works[i];
        atomic_fetch_add_explicit(&w->crawler->n_pages, (uint64_t)w->next_pages, memory_order_relaxed);
        w->cost = w->next_pages = 0;
        w->job.attempt = 0;
        w->job.cursor = w->next_cursor;
        /* The answer is stored: a failure from here on repeats from the cursor, not with that answer. */
        w->asked = w->answered = false;
    }
    return true;
}

bool work_commit(struct work *w, struct db *db, struct err *err)
{
    return works_commit(&w, 1, db, err);
}

void work_tidy(struct work *w)
{
    if (arena_used_bytes(w->arena) > MUCH_MEMORY_BYTES)
        work_renew(w);
}

enum step work_go_on(struct work *w, struct db *db, struct err *err)
{
    work_tidy(w);
    return w->type->begin(w, db, err);
}

enum step work_end(struct work *w, struct db *db, const char *note, struct err *err)
{
    if (!work_open(w, db, err) || !work_finish(w, db, note, w->asked, 0, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    log_debug("job.done", L_I64("id", w->job.id), L_STR("kind", job_kind_name(w->job.kind)),
              L_STR("subject", w->job.subject), L_STR("note", note ? note : "-"));
    return STEP_DONE;
}

/* SQLSTATE class 22 is data exceptions; 54000 a name too long for an index; 23514 a check (an id of zero or less, a time
 * without end), 21000 a row affected twice. */
bool work_wants_cleaning(const struct err *err)
{
    return strncmp(err->sqlstate, "22", 2) == 0 || strcmp(err->sqlstate, "54000") == 0 ||
           strcmp(err->sqlstate, "23514") == 0 || strcmp(err->sqlstate, "21000") == 0;
}

bool work_clean(struct db *db, slice json, enum gh_shape shape, struct buf *out, size_t *dropped_out,
                struct err *err)
{
    size_t dropped;
    buf_init(out, GH_MAX_BODY_BYTES);
    if (!work_wants_cleaning(err))
        return false;
    db_rollback(db);
    if (!gh_decode_clean(json, shape, out, &dropped, err))
        return false;
    if (dropped_out)
        *dropped_out = dropped;
    return true;
}

bool work_email_allowed(struct work *w, struct db *db, const struct gh_credential *credential,
                        bool *allowed_out, struct err *err)
{
    _Atomic int *known = &w->crawler->email_scope[credential->position % MAX_CREDENTIALS];
    int none = SCOPE_UNKNOWN;
    const char *scopes;
    if (atomic_load(known) == SCOPE_UNKNOWN) {
        if (!quota_scopes(db, credential->label, w->arena, &scopes, err))
            return false;
        if (scopes) /* a newer answer takes precedence */
            atomic_compare_exchange_strong(
                known, &none, gh_scopes_allow_email(slice_of(scopes)) ? SCOPE_EMAIL : SCOPE_NO_EMAIL);
    }
    *allowed_out = atomic_load(known) == SCOPE_EMAIL;
    return true;
}

slice work_json(struct work *w, const struct work_field *fields)
{
    struct jw json;
    AUTO_BUF text = {.max = 65536};
    jw_init(&json, &text, 0);
    jw_object(&json);
    for (; fields->key; fields++) {
        if (fields->text)
            jw_kcstr(&json, fields->key, fields->text);
        else
            jw_ki64(&json, fields->key, fields->number);
    }
    jw_end_object(&json);
    return slice_from(arena_dup(w->arena, buf_slice(&text)), text.len);
}
