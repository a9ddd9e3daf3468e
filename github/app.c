/* Happy path: find → renew: POST access_tokens → token until shortly before its end → renew.
 * Failure modes: no answer, a 5xx or a limit: retried after a back-off, while the old token is valid; 401: the clock may be wrong, which
 * GitHub's Date corrects; 403, 404: the installation is suspended or gone, and is checked every few minutes. */
#include "github/app.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/base/rnd.h"
#include "github/app_jwt.h"
#include "github/app_request.h"
#include "github/url.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_WAIT_MS  10000        /* for the first tokens, at the start */
#define RENEW_EARLY_MS (10 * 60000) /* before the end, at most half of its life */
#define MARGIN_MS      60000 /* no request is sent so shortly before the end; at most a quarter of its life */
#define DATE_STEP_MS                                                                                         \
    1000 /* RFC 9110, 5.6.7: a Date has whole seconds, so GitHub's clock may be ahead by that much */
#define LONGEST_LIFE_MS (24 * 3600000ll)
#define MAX_BACKOFF_MS  60000
#define REFUSED_WAIT_MS 300000 /* a missing installation may come back */
#define MAX_WAIT_S      3600
#define ABANDON_LOOK_MS 200
#define FIND_TRIES      4
#define MAX_REFUSALS    2
#define FORGOTTEN_MS    600000 /* refusals that long ago do not delay a new token */

struct installation {
    int64_t id;
    char authorization[GH_APP_TOKEN_SIZE]; /* "": none yet */
    int64_t usable_until_ms, next_ms;      /* monotonic */
    int n_failures;
    int n_refusals[GH_N_RESOURCES]; /* tokens in a row */
    int n_replaced;                 /* early, since a resource refused them */
    int64_t replaced_ms;
    bool tried, told; /* told: a failure was logged, and no success since */
};

struct gh_app {
    const struct config *cfg;
    struct gh_app_key *key;
    _Atomic int64_t ahead_ms; /* GitHub's clock against ours */
    _Atomic bool stopping;
    const _Atomic bool *abandon; /* ends a request: the caller's during the start, then `stopping` */
    pthread_mutex_t lock;        /* guards what follows */
    pthread_cond_t changed;
    struct installation items[GH_APP_MAX_INSTALLATIONS];
    size_t n;
    pthread_t thread;
    bool running;
};

/* ---- as the app ---- */

static bool request_once(struct gh_app *app, const char *url, bool post, struct gh_app_answer *out,
                         struct err *err)
{
    char *jwt =
        gh_app_jwt(app->key, app->cfg->github_app_id, (clock_wall_ms() + atomic_load(&app->ahead_ms)) / 1000);
    if (!jwt)
        return err_set(err, ERR_INTERNAL, "the app's JWT could not be signed");
    bool ok = gh_app_request(url, post, jwt, app->cfg->github_ca_file, app->abandon, out, err);
    free(jwt);
    if (ok && out->headers.date_ms)
        atomic_store(&app->ahead_ms, out->headers.date_ms - clock_wall_ms());
    return ok;
}

/* A JWT dated by a wrong clock is refused: it is repeated once, dated by GitHub's clock. */
static bool request(struct gh_app *app, const char *path, bool post, struct gh_app_answer *out,
                    struct err *err)
{
    AUTO_ARENA a = arena_create();
    const char *url = gh_url_join(a, app->cfg->github_api_url, path);
    bool ok = request_once(app, url, post, out, err);
    if (ok && out->status == 401) {
        buf_finish(&out->body);
        ok = request_once(app, url, post, out, err);
    }
    return ok;
}

static bool refused(const struct gh_app_answer *answer, const char *what, const char *advice, struct err *err)
{
    json_t *root = json_loadb(answer->body.ptr ? answer->body.ptr : "", answer->body.len, 0, NULL);
    const char *message = json_string_value(json_object_get(root, "message"));
    err_set(err, ERR_UPSTREAM, "%s: GitHub answers %d%s%.200s%s%s", what, answer->status, message ? ", " : "",
            message ? message : "", *advice ? ". " : "", advice);
    err->upstream_status = answer->status;
    json_decref(root);
    return false;
}

static const char *advice_for(int status)
{
    return status == 401 ? "Check GITHUB_APP_ID, the app's private key and this machine's clock."
           : status == 403 || status == 404
               ? "Check that the app is installed there and not suspended (GITHUB_APP_INSTALLATIONS)."
               : "";
}

/* ---- which installations ---- */

static bool add_installation(struct gh_app *app, int64_t id, struct err *err)
{
    for (size_t i = 0; i < app->n; i++)
        if (app->items[i].id == id)
            return true;
    if (app->n == GH_APP_MAX_INSTALLATIONS)
        return err_set(
            err, ERR_CONFIG,
            "the app has more than %d installations: name those to use in GITHUB_APP_INSTALLATIONS",
            GH_APP_MAX_INSTALLATIONS);
    app->items[app->n++].id = id;
    return true;
}

static bool read_given(struct gh_app *app, struct err *err)
{
    slice rest = slice_of(app->cfg->github_app_installations), one;
    while (slice_split(&rest, ',', &one)) {
        int64_t id;
        one = slice_trim(one);
        if (!slice_i64(one, 1, INT64_MAX, &id))
            return err_set(
                err, ERR_CONFIG,
                "GITHUB_APP_INSTALLATIONS: got \"%.*s\", expected ids of installations (whole numbers), "
                "separated by commas",
                (int)(one.len < 40 ? one.len : 40), one.ptr);
        if (!add_installation(app, id, err))
            return false;
    }
    return app->n || err_set(err, ERR_CONFIG, "GITHUB_APP_INSTALLATIONS: expected at least one id");
}

/* Suspended ones give no tokens. */
static bool read_page(struct gh_app *app, const struct gh_app_answer *answer, size_t *n_out, struct err *err)
{
    json_t *root = json_loadb(answer->body.ptr ? answer->body.ptr : "", answer->body.len, 0, NULL), *item;
    size_t i;
    bool ok = json_is_array(root) ||
              err_set(err, ERR_BROKEN, "GitHub's list of the app's installations is not valid");
    *n_out = json_array_size(root);
    json_array_foreach(root, i, item)
    {
        int64_t id = json_integer_value(json_object_get(item, "id"));
        const json_t *suspended = json_object_get(item, "suspended_at");
        if (ok && id > 0 && (!suspended || json_is_null(suspended)))
            ok = add_installation(app, id, err);
    }
    json_decref(root);
    return ok;
}

static bool find_page(struct gh_app *app, int page, size_t *n_out, struct err *err)
{
    struct gh_app_answer answer = {0};
    char path[80];
    snprintf(path, sizeof path, "/app/installations?per_page=100&page=%d", page);
    bool ok = request(app, path, false, &answer, err);
    if (ok && answer.status != 200)
        ok = refused(&answer, "list the app's installations", advice_for(answer.status), err);
    ok = ok && read_page(app, &answer, n_out, err);
    buf_finish(&answer.body);
    return ok;
}

static bool find_all(struct gh_app *app, struct err *err)
{
    size_t n = 100;
    for (int page = 1; n >= 100; page++)
        if (!find_page(app, page, &n, err))
            return false;
    return app->n ||
           err_set(err, ERR_CONFIG,
                   "GITHUB_APP_ID: the app %s has no installation in use: install it in an account or "
                   "organisation",
                   app->cfg->github_app_id);
}

static bool find(struct gh_app *app, struct err *err)
{
    if (app->cfg->github_app_installations)
        return read_given(app, err);
    for (int i = 1; !find_all(app, err); i++) {
        bool passing = err->code == ERR_UPSTREAM && (!err->upstream_status || err->upstream_status >= 500);
        if (!passing || i == FIND_TRIES)
            return false;
        for (int64_t until = clock_mono_ms() + (500ll << i); clock_mono_ms() < until; clock_sleep_ms(50))
            if (atomic_load(app->abandon))
                return false;
    }
    return true;
}

/* ---- tokens ---- */

/* "2026-11-29T20:00:00Z"; 0: it is not that. */
static int64_t read_time(const char *text)
{
    struct tm tm = {0};
    const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    return end ? (int64_t)timegm(&tm) * 1000 : 0;
}

static bool token_ok(const char *token)
{
    size_t n = token ? strlen(token) : 0;
    return n >= 8 && n + sizeof "Bearer " <= GH_APP_TOKEN_SIZE &&
           strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~+/=") == n;
}

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Its life is counted from the request, by GitHub's clock, so that a wrong local clock does no harm. */
static bool take_token(struct gh_app *app, struct installation *to, const struct gh_app_answer *answer,
                       int64_t asked_ms, struct err *err)
{
    json_t *root = json_loadb(answer->body.ptr ? answer->body.ptr : "", answer->body.len, 0, NULL);
    const char *token = json_string_value(json_object_get(root, "token"));
    int64_t ends_ms = read_time(json_string_value(json_object_get(root, "expires_at")));
    int64_t now_ms = answer->headers.date_ms ? answer->headers.date_ms : clock_wall_ms();
    int64_t life_ms = at_most(ends_ms - now_ms - DATE_STEP_MS, LONGEST_LIFE_MS);
    bool ok = token_ok(token) && life_ms > 0;
    if (ok) {
        pthread_mutex_lock(&app->lock);
        snprintf(to->authorization, sizeof to->authorization, "Bearer %s", token);
        to->usable_until_ms = asked_ms + life_ms - at_most(MARGIN_MS, life_ms / 4);
        to->next_ms =
            asked_ms + life_ms - at_most(RENEW_EARLY_MS, life_ms / 2) - rnd_between(0, life_ms / 100);
        to->n_failures = 0;
        pthread_mutex_unlock(&app->lock);
    } else {
        err_set(err, ERR_BROKEN, "GitHub's answer to the request for a token has no valid token");
    }
    json_decref(root);
    return ok;
}

static int64_t wait_after(const struct installation *to, const struct gh_app_answer *answer)
{
    if (answer->headers.retry_after_s > 0)
        return at_most(answer->headers.retry_after_s, MAX_WAIT_S) * 1000;
    if (answer->status == 401 || answer->status == 403 || answer->status == 404)
        return REFUSED_WAIT_MS;
    int64_t backoff = at_most(MAX_BACKOFF_MS, 500ll << (to->n_failures < 8 ? to->n_failures : 8));
    return backoff + rnd_between(0, backoff / 4);
}

static void note_failure(struct gh_app *app, struct installation *to, const struct gh_app_answer *answer,
                         const struct err *err)
{
    pthread_mutex_lock(&app->lock);
    to->n_failures++;
    int64_t wait_ms = wait_after(to, answer);
    to->next_ms = clock_mono_ms() + wait_ms;
    bool tell = !to->told && !atomic_load(&app->stopping);
    to->told = true;
    pthread_mutex_unlock(&app->lock);
    if (tell)
        log_error("app.token", L_I64("installation", to->id), L_STR("why", err->text),
                  L_I64("again_in_s", wait_ms / 1000));
}

/* On the app's thread, without the lock. */
static void renew(struct gh_app *app, struct installation *to)
{
    struct gh_app_answer answer = {0};
    struct err err;
    char path[80];
    int64_t asked_ms = clock_mono_ms();
    snprintf(path, sizeof path, "/app/installations/%lld/access_tokens", (long long)to->id);
    bool ok = request(app, path, true, &answer, &err);
    if (ok && answer.status != 201)
        ok = refused(&answer, "request the installation's token", advice_for(answer.status), &err);
    ok = ok && take_token(app, to, &answer, asked_ms, &err);
    if (ok)
        log_debug("app.token_renewed", L_I64("installation", to->id));
    if (ok && to->told)
        log_info("app.token_back", L_I64("installation", to->id));
    if (ok)
        to->told = false;
    else
        note_failure(app, to, &answer, &err);
    buf_finish(&answer.body);
}

static struct installation *next_due(struct gh_app *app)
{
    struct installation *next = &app->items[0];
    for (size_t i = 1; i < app->n; i++)
        if (app->items[i].next_ms < next->next_ms)
            next = &app->items[i];
    return next;
}

static void *run(void *arg)
{
    struct gh_app *app = arg;
    pthread_mutex_lock(&app->lock);
    while (!atomic_load(&app->stopping)) {
        struct installation *next = next_due(app);
        if (next->next_ms > clock_mono_ms()) {
            cond_wait_until(&app->changed, &app->lock, next->next_ms);
            continue;
        }
        pthread_mutex_unlock(&app->lock);
        renew(app, next);
        pthread_mutex_lock(&app->lock);
        next->tried = true;
        pthread_cond_broadcast(&app->changed);
    }
    pthread_mutex_unlock(&app->lock);
    return NULL;
}

/* ---- the outside ---- */

static bool all_tried(const struct gh_app *app)
{
    for (size_t i = 0; i < app->n; i++)
        if (!app->items[i].tried)
            return false;
    return true;
}

static bool check_id(const char *id, struct err *err)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return (strlen(id) <= 40 && strspn(id, allowed) == strlen(id)) ||
           err_set(err, ERR_CONFIG, "GITHUB_APP_ID: got \"%.60s\", expected the app's id or client id", id);
}

/* False: abandoned. */
static bool wait_for_first(struct gh_app *app, const _Atomic bool *abandon)
{
    bool goes_on = true;
    int64_t now = clock_mono_ms(), until = now + FIRST_WAIT_MS;
    pthread_mutex_lock(&app->lock);
    for (; goes_on && !all_tried(app) && now < until; now = clock_mono_ms()) {
        cond_wait_until(&app->changed, &app->lock, at_most(until, now + ABANDON_LOOK_MS));
        goes_on = !abandon || !atomic_load(abandon);
    }
    pthread_mutex_unlock(&app->lock);
    return goes_on;
}

bool gh_app_start(const struct config *cfg, const _Atomic bool *abandon, struct gh_app **out, struct err *err)
{
    struct gh_app *app = xcalloc(1, sizeof *app);
    app->cfg = cfg;
    app->abandon = abandon ? abandon : &app->stopping;
    pthread_mutex_init(&app->lock, NULL);
    cond_init(&app->changed);
    bool ok = check_id(cfg->github_app_id, err) &&
              gh_app_key_load(cfg->github_app_private_key, &app->key, err) && find(app, err);
    app->abandon = &app->stopping;
    ok = app->running = ok && thread_start(&app->thread, run, app, err);
    if (ok && !wait_for_first(app, abandon))
        ok = err_set(err, ERR_STOPPING, "stopped");
    if (!ok) {
        gh_app_stop(app);
        return false;
    }
    *out = app;
    return true;
}

void gh_app_retire(struct gh_app *app)
{
    pthread_mutex_lock(&app->lock);
    atomic_store(&app->stopping, true);
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
}

void gh_app_stop(struct gh_app *app)
{
    if (!app)
        return;
    gh_app_retire(app);
    if (app->running)
        pthread_join(app->thread, NULL);
    gh_app_key_free(app->key);
    pthread_cond_destroy(&app->changed);
    pthread_mutex_destroy(&app->lock);
    memset(app->items, 0, sizeof app->items);
    free(app);
}

size_t gh_app_n_installations(const struct gh_app *app)
{
    return app->n;
}

int64_t gh_app_installation_id(const struct gh_app *app, size_t i)
{
    return app->items[i].id;
}

bool gh_app_authorization(struct gh_app *app, size_t i, char out[GH_APP_TOKEN_SIZE],
                          int64_t *usable_until_ms_out)
{
    const struct installation *from = &app->items[i];
    pthread_mutex_lock(&app->lock);
    bool usable = *from->authorization && clock_mono_ms() < from->usable_until_ms;
    if (usable)
        memcpy(out, from->authorization, GH_APP_TOKEN_SIZE);
    *usable_until_ms_out = from->usable_until_ms;
    pthread_mutex_unlock(&app->lock);
    return usable;
}

/* An endpoint may refuse each token that others accept, so the first one is replaced at once, later ones ever more rarely. Caller holds
 * the lock. */
static void replace(struct installation *of)
{
    int64_t now = clock_mono_ms();
    if (now - of->replaced_ms > FORGOTTEN_MS)
        of->n_replaced = 0;
    int n = of->n_replaced < 10 ? of->n_replaced++ : 10;
    of->replaced_ms = now;
    of->authorization[0] = '\0';
    of->next_ms = at_most(of->next_ms, now + (n ? at_most(500ll << n, REFUSED_WAIT_MS) : 0));
}

bool gh_app_refused(struct gh_app *app, size_t i, enum gh_resource resource, const char *authorization)
{
    struct installation *of = &app->items[i];
    pthread_mutex_lock(&app->lock);
    if (strcmp(of->authorization, authorization) == 0) {
        of->n_refusals[resource]++;
        replace(of);
        pthread_cond_broadcast(&app->changed);
    }
    bool again = of->n_refusals[resource] < MAX_REFUSALS;
    pthread_mutex_unlock(&app->lock);
    return again;
}

bool gh_app_replaceable(struct gh_app *app, size_t i, enum gh_resource resource, const char *authorization)
{
    const struct installation *of = &app->items[i];
    pthread_mutex_lock(&app->lock);
    bool replaced = strcmp(of->authorization, authorization) != 0;
    bool out = replaced || of->n_refusals[resource] + 1 < MAX_REFUSALS;
    pthread_mutex_unlock(&app->lock);
    return out;
}

void gh_app_accepted(struct gh_app *app, size_t i, enum gh_resource resource)
{
    pthread_mutex_lock(&app->lock);
    app->items[i].n_refusals[resource] = 0;
    pthread_mutex_unlock(&app->lock);
}
