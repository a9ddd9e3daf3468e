/* Between a step and GitHub: quota before the request, classification after it. What a limit, a refusal of the credential or
 * a failure means for the job is decided here, in one place; the steps see only outcomes that are about their target. */
#include "core/base/clock.h"
#include "core/base/gzip.h"
#include "core/base/rnd.h"
#include "core/json/clean.h"
#include "crawler/crawler_private.h"
#include "github/app/app.h"
#include "github/hydrate.h"
#include "github/url.h"
#include "github/window.h"
#include "pagecache/share.h"
#include "schema/graph/bodies.h"
#include "schema/graph/erasure.h"
#include <stdio.h>

#define MAX_HOPS             3
#define OUTAGE_FAILURES      20 /* in a row, over all requests: the target is not the cause */
#define AWAY_FAILURES        3  /* in a row: logged once until GitHub answers again */
#define STOPS                "the crawler stops"
#define ADDRESS_TRIES        5 /* answered with a web page, where the API never answered: the address is wrong */
#define OR_RELOAD            "restart, or reload (SIGHUP) if it comes from a file"
#define SUSPEND_HOURS        1
#define TOKEN_WAIT_MS        1000
#define LATE_REFUSAL_MS      1000
#define TOKEN_HOLD_MS        10000 /* while others are used: longer than a returned job waits for a claim */
#define LONGEST_HOLD_WAIT_MS 60000 /* a paused credential may be usable earlier, or another may be added */

/* ---- before ---- */

/* Once a window: without this line a crawl that waits for an hour looks like one that has ended. */
static void log_used_up(struct work *w, int64_t wait_ms)
{
    char at[CLOCK_ISO_SIZE];
    int64_t now = clock_mono_ms();
    _Atomic int64_t *logged_until = &w->crawler->used_up_until[w->credential->position % MAX_CREDENTIALS];
    int64_t until = atomic_load(logged_until);
    if (now < until || !atomic_compare_exchange_strong(logged_until, &until, now + wait_ms))
        return;
    clock_iso(clock_wall_ms() + wait_ms, at);
    if (work_moves_on(w))
        log_info("quota.used_up", L_STR("credential", w->credential->label),
                 L_STR("resource", gh_resource_name(w->resource)), L_STR("resets_at", at),
                 L_STR("note", "work continues with another credential"));
    else if (!gh_credential_is_anonymous(w->credential))
        log_info("quota.used_up", L_STR("credential", w->credential->label),
                 L_STR("resource", gh_resource_name(w->resource)), L_STR("work_goes_on", at));
    else
        log_warn(
            "quota.used_up", L_STR("credential", w->credential->label), L_STR("work_goes_on", at),
            L_STR("note", "no GitHub token: set GITHUB_TOKEN for 5,000 requests an hour, and " OR_RELOAD));
}

static enum step wait_for_quota(struct work *w, enum gh_take take, int64_t wait_ms)
{
    char why[120];
    if (take == GH_EXHAUSTED) {
        log_used_up(w, wait_ms);
        int64_t in_ms = work_until_reset_ms(w, wait_ms);
        snprintf(why, sizeof why,
                 in_ms ? "waiting for the %s quota of %s to reset"
                       : "another credential is used, as the %s quota of %s is used up",
                 gh_resource_name(w->resource), w->credential->label);
        return work_put_back(w, in_ms, WAIT_QUOTA, why);
    }
    snprintf(why, sizeof why, "waiting for %s quota of %s", gh_resource_name(w->resource),
             w->credential->label);
    return work_put_back(w, wait_ms > LONGEST_HOLD_WAIT_MS ? LONGEST_HOLD_WAIT_MS : wait_ms, WAIT_QUOTA, why);
}

/* An installation's token is read when the request is sent, since it may have been renewed after the step built the request. */
static bool authorize(struct work *w)
{
    struct gh_authorization now;
    if (!gh_credential_authorize(w->credential, w->arena, &now))
        return false;
    w->fetch.authorization = now.header;
    w->fetch.usable_until_ms = now.usable_until_ms == INT64_MAX ? 0 : now.usable_until_ms;
    return true;
}

/* The work continues at once with another credential, if one is not paused (the pause keeps work_credential() from this one). */
static enum step wait_for_token(struct work *w, enum job_wait wait)
{
    struct gh_quota *q = w->crawler->quota;
    bool others = work_has_other_credential(w);
    gh_quota_hold(q, w->credential, others ? TOKEN_HOLD_MS : TOKEN_WAIT_MS);
    return work_put_back(w, others ? 0 : TOKEN_WAIT_MS, wait,
                         arena_printf(w->arena, "waiting for a token of %s", w->credential->label));
}

/* The ETag that GitHub gives the remembered page under the present token. Without the stored body, the remembered ETag is sent, which
 * is right until the token changes. */
static bool predict_etag(struct work *w, struct db *db, struct err *err)
{
    AUTO_ROWS rows = {0};
    slice body;
    char predicted[ETAG_HEX];
    if (!w->credential->app || !w->remembered)
        return true;
    if (!bodies_find(db, w->remembered, &rows, &body, err))
        return false;
    AUTO_BUF plain = {.max = GH_MAX_BODY_BYTES};
    bool is_gzip = slice_starts(body, SLICE("\x1f\x8b"));
    if (body.ptr && (!is_gzip || gzip_decode(body, &plain))) {
        etag_predict(w->fetch.accept, w->fetch.authorization, is_gzip ? buf_slice(&plain) : body, predicted);
        w->fetch.etag = arena_printf(w->arena, "W/\"%s\"", predicted);
    }
    return true;
}

static void on_done(struct gh_fetch *fetch)
{
    struct work *w = fetch->owner;
    workers_ready(w->crawler, w);
}

enum step send_request(struct work *w, struct db *db, struct err *err)
{
    struct quota_ctx ctx = {w->crawler->cfg, db, atomic_load(&w->crawler->worker_id)};
    enum gh_take take;
    int64_t wait_ms;
    if (atomic_load(&w->crawler->stopping))
        return work_put_back(w, 0, WAIT_OUTAGE, STOPS);
    if (!authorize(w))
        return wait_for_token(w, WAIT_QUOTA);
    if (!predict_etag(w, db, err))
        return STEP_TROUBLE;
    if (!gh_quota_take(w->crawler->quota, w->credential, w->resource, work_purpose(w), &ctx, &take, &wait_ms,
                       err))
        return STEP_TROUBLE;
    if (take != GH_TAKEN)
        return wait_for_quota(w, take, wait_ms);
    w->fetch.done = on_done;
    gh_fetcher_submit(w->crawler->fetcher, &w->fetch);
    return STEP_FETCH;
}

/* ---- an answer that is not GitHub's ---- */

static bool is_html(const struct gh_fetch *f)
{
    slice type = slice_of(f->headers.content_type), html = SLICE("text/html"),
          body = slice_trim(buf_slice(&f->body));
    return (type.len >= html.len && slice_eq_nocase(slice_from(type.ptr, html.len), html)) ||
           (body.len && body.ptr[0] == '<');
}

/* A GitHub Enterprise Server has its API below /api/v3 and web pages elsewhere, so an address without it gives HTML. Once the API has
 * answered at the URL, HTML comes from a proxy or a captive portal. */
static bool address_in_doubt(const struct work *w)
{
    const char *base = w->crawler->cfg->github_api_url;
    return !atomic_load(&w->crawler->github_answered) && gh_url_lacks_api_path(base) && is_html(&w->fetch) &&
           w->resource == GH_CORE && (w->fetch.status / 100 == 2 || w->fetch.status == 404 || w->hops > 0);
}

static const char *broken_because(struct work *w)
{
    const char *base = w->crawler->cfg->github_api_url, *location = w->fetch.headers.location;
    int status = w->fetch.status;
    if (address_in_doubt(w)) {
        const char *api = gh_url_join(w->arena, base, "/api/v3");
        const char *why =
            arena_printf(w->arena,
                         "GITHUB_API_URL is %s, which answers with a web page instead of GitHub's API. "
                         "For GitHub Enterprise Server set GITHUB_API_URL=%s",
                         base, api);
        if (!atomic_exchange(&w->crawler->address_told, true))
            log_error("github.address", L_STR("why", why));
        return why;
    }
    if (gh_is_redirect(status) && *location)
        return arena_printf(w->arena, "redirected away from GitHub's host %s, to %.200s", base, location);
    if (is_html(&w->fetch))
        return "a web page came instead of GitHub's answer, perhaps from a proxy or a captive portal";
    return "GitHub's answer is malformed";
}

/* ---- after the answer ---- */

static enum step follow(struct work *w, const char *url)
{
    if (++w->hops > MAX_HOPS)
        return work_put_back(w, job_backoff_ms(w->job.attempt + 1, rnd_u64()), WAIT_BACKOFF,
                             "redirected too often");
    int hops = w->hops;
    enum step step = work_get(w, w->credential, url, w->fetch.accept, NULL, w->expects_array);
    w->hops = hops;
    return step;
}

static const char *advice_for(const struct gh_credential *c)
{
    return strcmp(c->kind, "basic") == 0 ? "set a valid GITHUB_API_USER and GITHUB_API_KEY, and " OR_RELOAD
           : c->app ? "GitHub gives the app tokens that it does not accept: check the app's installation"
                    : "the token is wrong, expired or revoked: set a valid GITHUB_TOKEN, and " OR_RELOAD;
}

/* Of REST it counts as an attempt, since one address may refuse every token; GraphQL is given up after the second one (gh_classify). */
static enum step suspend_credential(struct work *w, struct db *db, struct err *err)
{
    if (w->credential->app &&
        gh_app_refused(w->credential->app, w->credential->installation, w->resource, w->fetch.authorization))
        return wait_for_token(w, w->resource == GH_CORE ? WAIT_BACKOFF : WAIT_QUOTA);
    /* Requests in flight and later attempts are refused as well: logged once until the credential is accepted. */
    if (!atomic_exchange(&w->crawler->refused[w->credential->position % MAX_CREDENTIALS], true))
        log_error("credential.refused", L_STR("credential", w->credential->label),
                  L_I64("status", w->fetch.status), L_STR("request_id", w->fetch.headers.request_id),
                  L_STR("todo", advice_for(w->credential)), L_I64("again_in_s", SUSPEND_HOURS * 3600));
    gh_quota_hold(w->crawler->quota, w->credential, (int64_t)SUSPEND_HOURS * 3600 * 1000);
    if (!quota_suspend(db, w->credential->label, SUSPEND_HOURS, "GitHub refuses this credential", err))
        return STEP_TROUBLE;
    int64_t in_ms = work_has_other_credential(w) ? 0 : LONGEST_HOLD_WAIT_MS;
    return work_put_back(w, in_ms, WAIT_QUOTA, "GitHub refuses the credential");
}

static enum step secondary_limit(struct work *w, struct db *db, int64_t wait_ms, struct err *err)
{
    log_warn("github.secondary_limit", L_STR("credential", w->credential->label), L_I64("wait_ms", wait_ms),
             L_STR("request_id", w->fetch.headers.request_id));
    gh_quota_limit_told(w->crawler->quota, w->credential, w->resource, true, w->fetch.started_ms, wait_ms);
    gh_quota_hold(w->crawler->quota, w->credential, wait_ms);
    if (!quota_block(db, w->credential->label, wait_ms, err))
        return STEP_TROUBLE;
    int64_t in_ms = work_moves_on(w) ? 0 : wait_ms + rnd_between(0, 1000);
    return work_put_back(w, in_ms, WAIT_QUOTA, "GitHub's secondary limit");
}

/* For the log, once; for the heartbeat, as it is now. */
static void note_away(struct crawler *c, const char *why)
{
    pthread_mutex_lock(&c->lock);
    bool away = failing_in_general(&c->failing);
    snprintf(c->away_why, sizeof c->away_why, "%.199s", why);
    pthread_mutex_unlock(&c->lock);
    if (away && !atomic_exchange(&c->github_away, true))
        log_warn("github.away", L_STR("url", c->cfg->github_api_url), L_STR("why", why));
}

/* GitHub says when it will be back: no request is sent before, with any credential. It counts as an attempt, since one target may
 * answer like this forever. */
static bool hold_while_away(struct work *w, struct db *db, int64_t wait_ms, struct err *err)
{
    log_warn("github.retry_after", L_I64("status", w->fetch.status), L_I64("wait_ms", wait_ms),
             L_STR("url", w->fetch.url), L_STR("request_id", w->fetch.headers.request_id));
    const struct gh_credentials *all = &w->crawler->credentials;
    for (size_t i = 0; i < all->n; i++) {
        gh_quota_hold(w->crawler->quota, &all->items[i], wait_ms);
        if (!quota_hold(db, all->items[i].label, wait_ms, err))
            return false;
    }
    return true;
}

/* wait_ms: the answer's Retry-After; 0: none. */
static enum step failed(struct work *w, struct db *db, const char *what, int64_t wait_ms, struct err *err)
{
    char why[480];
    struct gh_fetcher_stats stats;
    if (w->fetch.stopped) /* it concerns neither GitHub nor the target */
        return work_put_back(w, 0, WAIT_OUTAGE, STOPS);
    gh_fetcher_stats(w->crawler->fetcher, &stats);
    /* GraphQL may fail where REST does not: its failures count as attempts, after which hydration continues by REST. */
    bool other_way = w->resource == GH_GRAPHQL && w->crawler->cfg->hydration != HYDRATION_GRAPHQL;
    bool outage = stats.failures_in_a_row >= OUTAGE_FAILURES && !other_way && !address_in_doubt(w);
    snprintf(why, sizeof why, "%s: status %d%s%s", what, w->fetch.status, *w->fetch.error ? ", " : "",
             w->fetch.error);
    if (stats.failures_in_a_row >= AWAY_FAILURES)
        note_away(w->crawler, why);
    if (wait_ms && !hold_while_away(w, db, wait_ms, err))
        return STEP_TROUBLE;
    int64_t backoff_ms = job_backoff_ms(outage ? 6 : w->job.attempt + 1, rnd_u64());
    return work_put_back(w, backoff_ms > wait_ms ? backoff_ms : wait_ms, outage ? WAIT_OUTAGE : WAIT_BACKOFF,
                         why);
}

/* A probably wrong address is retried less often than GitHub's failures. */
static enum step broken(struct work *w, struct db *db, int64_t wait_ms, struct err *err)
{
    enum step step = failed(w, db, broken_because(w), wait_ms, err);
    w->gives_up = address_in_doubt(w) && w->job.attempt + 1 >= ADDRESS_TRIES;
    return step;
}

/* A cleaned body is in the arena; others are used in place. */
static void take_body(struct work *w)
{
    AUTO_BUF clean = {.max = GH_MAX_BODY_BYTES * 2u};
    w->body = json_trim(buf_slice(&w->fetch.body));
    if (!json_clean(w->body, &clean))
        w->body = slice_from(arena_dup(w->arena, buf_slice(&clean)), clean.len);
}

/* Scopes are stored when they are first seen, or change. */
static void learn_scopes(struct work *w, struct db *db)
{
    struct err ignored;
    const struct gh_headers *h = &w->fetch.headers;
    _Atomic int *known = &w->crawler->email_scope[w->credential->position % MAX_CREDENTIALS];
    int now = !h->scopes_present                           ? SCOPE_NO_EMAIL
              : gh_scopes_allow_email(slice_of(h->scopes)) ? SCOPE_EMAIL
                                                           : SCOPE_NO_EMAIL;
    _Atomic bool *unsaved = &w->crawler->scopes_unsaved[w->credential->position % MAX_CREDENTIALS];
    if (atomic_exchange(known, now) == now && !atomic_load(unsaved))
        return;
    bool saved = !h->scopes_present || quota_identity(db, w->credential->label, NULL, h->scopes, &ignored);
    atomic_store(unsaved, !saved); /* other crawlers read them, so the next answer tries again */
    if (!saved)
        log_debug("credential.scopes_not_saved", L_STR("why", ignored.text));
}

/* Stores the body from which the next token's ETag is computed. One whose ETag does not follow the rule is not stored:
 * nothing can be computed from it. Without it the page is charged once more, so a failure is not an error. */
static void keep_body(struct work *w, struct db *db)
{
    struct err err;
    const struct gh_fetch *f = &w->fetch;
    if (!w->credential->app || f->status != 200 ||
        !body_is_derivable(f->accept, f->authorization, f->headers.etag[0] ? f->headers.etag : NULL,
                           buf_slice(&f->body)))
        return;
    if (!bodies_keep(db, f->headers.etag, w->remembered, buf_slice(f->raw.len ? &f->raw : &f->body),
                     buf_slice(&f->body), &err))
        log_warn("crawler.keep_body", L_STR("why", err.text));
}

/* Stores the page as received, for the mirror's clients. The job does not depend on it. */
static void keep_for_mirror(struct work *w, struct db *db)
{
    struct err err;
    bool forgotten;
    const struct gh_fetch *f = &w->fetch;
    if (!atomic_load(&w->crawler->shares) || !f->keeps_raw || f->status != 200)
        return;
    if (!erasure_on_page(db, buf_slice(&f->body), &forgotten, &err) || forgotten) {
        log_debug("crawler.not_shared", L_STR("url", f->url));
        return;
    }
    const struct shared_page page = {.url = f->url,
                                     .accept = f->accept,
                                     .authorization = f->authorization,
                                     .identity = w->credential->identity,
                                     .api_version = GH_API_VERSION,
                                     .user_agent = "gitomatic/" GITOMATIC_VERSION,
                                     .head = buf_slice(&f->head),
                                     .bytes = buf_slice(f->raw.len ? &f->raw : &f->body),
                                     .plain = buf_slice(&f->body)};
    if (!share_page(db, &w->crawler->share_secret, &page, &err))
        log_warn("crawler.share", L_STR("why", err.text));
}

/* Each request in flight at the time reports the new limit once more. */
static int blocks_before(struct work *w, struct db *db)
{
    struct err ignored;
    int64_t held_ms;
    int blocks;
    if (!quota_held(db, w->credential->label, &held_ms, &blocks, &ignored))
        return 0;
    return held_ms > 0 && blocks ? blocks - 1 : blocks;
}

/* Limits with a Retry-After are counted in this process's memory, those without in the database: a restart must not start their count over. */
static int limits_before(struct work *w, struct db *db, bool secondary)
{
    if (secondary && w->fetch.headers.retry_after_s < 0)
        return blocks_before(w, db);
    return gh_quota_limits_before(w->crawler->quota, w->credential, w->resource, secondary,
                                  w->fetch.started_ms);
}

static enum gh_outcome classify(struct work *w, struct db *db, int64_t *wait_ms_out)
{
    const struct gh_answer answer = {
        .status = w->fetch.status,
        .headers = &w->fetch.headers,
        .body = buf_slice(&w->fetch.body),
        .anonymous = gh_credential_is_anonymous(w->credential),
        .expects_array = w->expects_array,
        .graphql = w->resource == GH_GRAPHQL,
        .renewable = w->credential->app && gh_app_replaceable(w->credential->app, w->credential->installation,
                                                              w->resource, w->fetch.authorization),
        .for_few = w->expects_array &&
                   (w->job.kind == JOB_REPOSITORY_STARGAZERS || w->job.kind == JOB_REPOSITORY_STAR_HISTORY),
    };
    enum gh_outcome outcome = gh_classify(&answer, 0, wait_ms_out);
    bool secondary = outcome == GH_SECONDARY_LIMIT;
    if (secondary || outcome == GH_PRIMARY_LIMIT)
        gh_classify(&answer, limits_before(w, db, secondary), wait_ms_out);
    return outcome;
}

static void note_failing(struct work *w, bool failed)
{
    struct crawler *c = w->crawler;
    pthread_mutex_lock(&c->lock);
    if (failed)
        failing_note(&c->failing, slice_of(w->fetch.url), w->fetch.unreached, clock_wall_ms());
    else
        failing_over(&c->failing);
    pthread_mutex_unlock(&c->lock);
}

static enum step primary_limit(struct work *w, struct db *db, int64_t wait_ms, struct err *err)
{
    const struct gh_rate *rate = &w->fetch.headers.rate;
    struct quota_report refusal = {
        .limit = rate->limit, .reset_s = rate->reset_at_s, .asked_ms = w->fetch.started_ms};
    bool raised = false, named = gh_names_window(&w->fetch.headers, w->resource, &refusal.reset_in_ms);
    if (wait_ms > refusal.reset_in_ms + 1000) /* the reset is past */
        refusal.reset_in_ms = wait_ms;
    bool ok = !named ||
              quota_used_up(db, w->credential->label, gh_resource_name(w->resource), &refusal, &raised, err);
    if (raised) /* it came late: units are left by now */
        return work_put_back(w, LATE_REFUSAL_MS, WAIT_QUOTA, "a late refusal of GitHub's");
    gh_quota_limit_told(w->crawler->quota, w->credential, w->resource, false, w->fetch.started_ms, wait_ms);
    gh_quota_exhausted(w->crawler->quota, w->credential, w->resource, wait_ms);
    log_used_up(w, wait_ms);
    return ok ? work_put_back(w, work_until_reset_ms(w, wait_ms), WAIT_QUOTA, "GitHub's primary limit")
              : STEP_TROUBLE;
}

static enum step sort(struct work *w, struct db *db, struct err *err)
{
    int64_t wait_ms = 0;
    if (w->fetch.unsent) { /* its credential was limited while it was queued, or the crawler stops */
        gh_quota_unused(w->crawler->quota, w->credential, w->resource, work_purpose(w));
        return STEP_FETCH;
    }
    w->asked = false; /* accounted for once, also when the rest is repeated */
    const char *location = NULL;
    w->outcome = classify(w, db, &wait_ms);
    bool conditional = w->fetch.etag || w->fetch.last_modified;
    bool unasked = w->outcome == GH_UNCHANGED && !conditional; /* such a 304 is meaningless */
    if (unasked || (w->outcome == GH_MOVED && !(location = work_location(w))))
        w->outcome = GH_BROKEN;
    atomic_fetch_add_explicit(&w->crawler->n_outcomes[w->outcome], 1, memory_order_relaxed);
    bool answered = w->outcome != GH_TRANSIENT && w->outcome != GH_BROKEN && w->outcome != GH_SECONDARY_LIMIT;
    if (answered && w->outcome != GH_MOVED)
        atomic_store(&w->crawler->github_answered, true);
    /* A request without accepted credentials is charged to our IP address: the limit in its answer is not the credential's. */
    bool anonymous = gh_credential_is_anonymous(w->credential);
    bool by_address = w->outcome == GH_UNAUTHORIZED || (w->fetch.status == 401 && !anonymous);
    const struct gh_headers *headers = by_address ? NULL : &w->fetch.headers;
    gh_quota_answered(w->crawler->quota, w->credential, w->resource, headers, w->fetch.started_ms, answered);
    bool charged = gh_is_charged(w->fetch.status, anonymous);
    gh_quota_spent(w->crawler->quota, w->credential, w->resource, work_purpose(w), charged);
    w->cost += charged && w->resource == GH_CORE;
    gh_fetcher_feedback(w->crawler->fetcher, answered);
    note_failing(w, w->outcome == GH_TRANSIENT || w->outcome == GH_BROKEN);
    if (answered && !by_address)
        atomic_store(&w->crawler->refused[w->credential->position % MAX_CREDENTIALS], false);
    if (answered && !by_address && w->outcome != GH_PRIMARY_LIMIT)
        gh_quota_limits_over(w->crawler->quota, w->credential, w->resource, w->fetch.started_ms);
    if (answered && !by_address && w->credential->app)
        gh_app_accepted(w->credential->app, w->credential->installation, w->resource);
    if (answered && atomic_exchange(&w->crawler->github_away, false))
        log_info("github.back");
    log_debug("github.answer", L_STR("url", w->fetch.url), L_I64("status", w->fetch.status),
              L_STR("outcome", gh_outcome_name(w->outcome)), L_I64("ms", w->fetch.elapsed_ms),
              L_I64("bytes", w->fetch.body.len), L_STR("request_id", w->fetch.headers.request_id));
    switch (w->outcome) {
    case GH_MOVED:
        return follow(w, location);
    case GH_UNAUTHORIZED:
        return suspend_credential(w, db, err);
    case GH_PRIMARY_LIMIT:
        return primary_limit(w, db, wait_ms, err);
    case GH_SECONDARY_LIMIT:
        return secondary_limit(w, db, wait_ms, err);
    case GH_TRANSIENT:
        return failed(w, db, "GitHub failed", wait_ms, err);
    case GH_BROKEN:
        return broken(w, db, wait_ms, err);
    default:
        learn_scopes(w, db);
        keep_body(w, db);
        keep_for_mirror(w, db);
        take_body(w);
        w->asked = true;
        return STEP_DONE;
    }
}

/* A limit is applied in this process before it is stored, so that it holds even if the rest fails. */
enum step send_answered(struct work *w, struct db *db, struct err *err)
{
    unsigned pause = w->fetch.pause;
    struct gh_per_minute *per_minute = w->fetch.per_minute;
    w->fetch.pause = 0;
    enum step step = sort(w, db, err);
    gh_fetcher_sorted(w->crawler->fetcher, per_minute, pause);
    return step;
}
