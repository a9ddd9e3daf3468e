/* The app's requests. Happy path: due → build (a new JWT) → answer → app_token.c or app_list.c, which say when the next is due.
 * A JWT dated by a wrong clock is refused: the request is repeated once, dated by GitHub's clock. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/rnd.h"
#include "github/app/app_private.h"
#include "github/fetch.h"
#include "github/url.h"
#include <curl/curl.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define AT_ONCE         16
#define MAX_BODY_BYTES  (1024u * 1024u)
#define MAX_BACKOFF_MS  60000
#define REFUSED_WAIT_MS 300000 /* a missing installation may come back */
#define MAX_WAIT_MS     3600000
#define MAX_ASKED_MS    (RENEW_EARLY_MS / 2) /* after a failure that is no limit: tokens are renewed in time */
#define LONGEST_WAIT_MS 60000

_Static_assert(offsetof(struct app_call, transfer) == 0, "the transfer comes first");
static struct app_call *call_of(struct gh_transfer *t)
{
    return (struct app_call *)t;
}

/* ---- one request ---- */

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct app_call *call = arg;
    slice line = slice_from(bytes, size * n);
    if (!gh_framing_line(&call->transfer.framing, line))
        return 0;
    if (!call->transfer.framing.trailer)
        gh_headers_line(&call->headers, line);
    return size * n;
}

/* A key of 8192 bits makes a line that gh_transfer_header() refuses. */
static bool add_jwt(struct app_call *call)
{
    struct gh_app *app = call->app;
    int64_t now_s = (clock_wall_ms() + atomic_load(&app->ahead_ms)) / 1000;
    char *jwt = gh_app_jwt(app->key, app->cfg->github_app_id, now_s);
    if (!jwt)
        return false;
    size_t size = strlen(jwt) + sizeof "Authorization: Bearer ";
    char *line = xmalloc(size);
    snprintf(line, size, "Authorization: Bearer %s", jwt);
    bool ok = gh_transfer_line(&call->transfer, line);
    memset(line, 0, size);
    free(line);
    free(jwt);
    return ok;
}

static bool build(struct gh_transfer *t)
{
    struct app_call *call = call_of(t);
    gh_headers_reset(&call->headers);
    buf_init(&call->body, MAX_BODY_BYTES);
    call->asked_ms = clock_mono_ms();
    gh_easy_set(t->easy, call->url, &call->body, on_header, call);
    if (call->of) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE, 0L);
    }
    return gh_transfer_line(t, "Accept: application/vnd.github+json") &&
           gh_transfer_line(t, "X-GitHub-Api-Version: " GH_API_VERSION) && gh_transfer_line(t, "Expect:") &&
           gh_transfer_line(t, "Content-Type:") && add_jwt(call);
}

/* With the lock. */
static void note_limit(struct app_call *call)
{
    struct gh_app *app = call->app;
    struct gh_answer answer = {
        .status = call->status, .headers = &call->headers, .body = buf_slice(&call->body)};
    int64_t wait_ms, now_ms = clock_mono_ms();
    enum gh_outcome outcome = gh_classify(&answer, gh_limits_before(&app->limits, call->asked_ms), &wait_ms);
    if (outcome != GH_PRIMARY_LIMIT && outcome != GH_SECONDARY_LIMIT) {
        if (outcome != GH_TRANSIENT &&
            outcome != GH_BROKEN) /* a proxy's page says nothing about GitHub's limits */
            gh_limits_over(&app->limits, call->asked_ms);
        return;
    }
    call->limit_ms = at_most(wait_ms, MAX_WAIT_MS);
    gh_classify(&answer, 0, &call->told_ms);
    gh_limits_met(&app->limits, call->asked_ms, now_ms, call->limit_ms);
    if (now_ms + call->limit_ms > app->held_until_ms)
        app->held_until_ms = now_ms + call->limit_ms;
}

/* A limit holds for all of the app's requests; what GitHub asks after any other failure, for that one only. */
static void note_answer(struct app_call *call)
{
    struct gh_app *app = call->app;
    if (call->headers.date_ms)
        atomic_store(&app->ahead_ms, call->headers.date_ms - clock_wall_ms());
    pthread_mutex_lock(&app->lock);
    if (call->status == 403 || call->status == 429)
        note_limit(call);
    else if (call->status < 400)
        gh_limits_over(&app->limits, call->asked_ms);
    pthread_mutex_unlock(&app->lock);
}

static void ended(void *owner, struct gh_transfer *t, enum gh_end end, int status, const char *why)
{
    struct gh_app *app = owner;
    struct app_call *call = call_of(t);
    bool answered = end == GH_END_ANSWERED && t->framing.head_ended;
    call->status = answered ? status : 0;
    call->why = call->body.overflow ? "the answer is too large" : why ? why : "the answer's head was cut";
    if (answered)
        note_answer(call);
    if (call->status == 401 && !call->repeated && !atomic_load(&app->stopping)) {
        call->repeated = true;
        buf_finish(&call->body);
        gh_multi_start_transfer(app->loop, t);
        return;
    }
    if (call->of)
        app_token_answered(call);
    else
        app_list_answered(call);
    buf_finish(&call->body);
    arena_destroy(call->arena);
    free(call);
}

bool app_call_failed(const struct app_call *call, const char *what, struct err *err)
{
    if (!call->status)
        return err_set(err, ERR_UPSTREAM, "%s", call->why);
    json_auto_t *root = json_loadb(call->body.ptr ? call->body.ptr : "", call->body.len, 0, NULL);
    const char *message = json_string_value(json_object_get(root, "message"));
    const char *advice =
        call->status == 401 ? ". Check GITHUB_APP_ID, the app's private key and this machine's clock."
        : (call->status == 403 && !call->limit_ms) || call->status == 404
            ? ". Check that the app is installed there and not suspended (GITHUB_APP_INSTALLATIONS)."
            : "";
    char asks[60] = "";
    if (app_call_asked_ms(call))
        snprintf(asks, sizeof asks, ", and asks to wait %lld s", (long long)app_call_asked_ms(call) / 1000);
    err_set(err, ERR_UPSTREAM, "%s: GitHub answers %d%s%.200s%s%s", what, call->status, message ? ", " : "",
            message ? message : "", asks, advice);
    err->upstream_status = call->status;
    return false;
}

int64_t app_call_asked_ms(const struct app_call *call)
{
    int64_t after_ms =
        call->status && call->headers.retry_after_s > 0 ? call->headers.retry_after_s * 1000 : 0;
    return call->told_ms > after_ms ? call->told_ms : after_ms;
}

int64_t app_call_wait_ms(const struct app_call *call, int n_failures)
{
    int64_t asked_ms = at_most(app_call_asked_ms(call), MAX_ASKED_MS);
    if (call->limit_ms)
        return call->limit_ms;
    if (call->status == 401 || call->status == 403 || call->status == 404)
        return REFUSED_WAIT_MS;
    int64_t backoff = at_most(MAX_BACKOFF_MS, 500ll << at_most(n_failures, 8));
    int64_t wait_ms = backoff + rnd_between(0, backoff / 4);
    return wait_ms > asked_ms ? wait_ms : asked_ms;
}

/* ---- what is due ---- */

static void start_call(struct gh_app *app, struct installation *of)
{
    struct app_call *call = xcalloc(1, sizeof *call);
    call->app = app;
    call->of = of;
    call->arena = arena_create();
    const char *path =
        of ? arena_printf(call->arena, "/app/installations/%lld/access_tokens", (long long)of->id)
           : app_list_path(app, call->arena);
    call->url = gh_url_join(call->arena, app->cfg->github_api_url, path);
    gh_multi_start_transfer(app->loop, &call->transfer);
}

/* When the next request is due (monotonic); INT64_MAX: none is. *of_out: whose token; NULL: the list. With the lock. */
static int64_t next_due(struct gh_app *app, struct installation **of_out)
{
    int64_t at_ms = app->list.asked ? INT64_MAX : app->list.next_ms;
    *of_out = NULL;
    for (size_t i = 0; i < atomic_load(&app->n); i++) {
        struct installation *one = &app->items[i];
        if (one->asked || atomic_load(&one->ended) || one->next_ms >= at_ms)
            continue;
        at_ms = one->next_ms;
        *of_out = one;
    }
    return at_ms < app->held_until_ms ? app->held_until_ms : at_ms;
}

static void start(void *owner, bool stopping)
{
    struct gh_app *app = owner;
    struct installation *of;
    while (!stopping && !atomic_load(&app->stopping) && gh_multi_n_active(app->loop) < AT_ONCE) {
        pthread_mutex_lock(&app->lock);
        bool due = next_due(app, &of) <= clock_mono_ms();
        if (due)
            *(of ? &of->asked : &app->list.asked) = true;
        app->list.reading |= app->list.asked;
        pthread_mutex_unlock(&app->lock);
        if (!due)
            return;
        start_call(app, of);
    }
}

/* At the bound an answer ends the wait, and gh_multi_wake() ends any. */
static int64_t wait_ms(void *owner)
{
    struct gh_app *app = owner;
    struct installation *ignored;
    if (atomic_load(&app->stopping) || gh_multi_n_active(app->loop) >= AT_ONCE)
        return LONGEST_WAIT_MS;
    pthread_mutex_lock(&app->lock);
    int64_t at_ms = next_due(app, &ignored), now = clock_mono_ms();
    pthread_mutex_unlock(&app->lock);
    return at_ms <= now ? 0 : at_most(at_ms - now, LONGEST_WAIT_MS);
}

static void accept_none(void *owner, struct gh_transfer *t)
{
    (void)owner, (void)t; /* all begin on the loop */
}

static bool has_waiting(void *owner)
{
    (void)owner;
    return false;
}

static void drop_waiting(void *owner)
{
    (void)owner;
}

const struct gh_multi_user app_calls = {accept_none, start, wait_ms, has_waiting, build, ended, drop_waiting};
