/* An installation's token: POST access_tokens → token until shortly before its end → again.
 * Failure modes: no answer, a 5xx or a limit: retried after a back-off, while the old token is valid; 401: the clock may be wrong, which
 * GitHub's Date corrects; 403, 404 without a limit: the installation is suspended or gone, so the list is read. If it is listed all the
 * same, its token is requested once more at once, and then every few minutes; if it is not, it ended, until it is listed again. */
#include "core/base/clock.h"
#include "core/base/rnd.h"
#include "github/app/app_private.h"
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#define MARGIN_MS 60000 /* no request is sent so shortly before the end; at most a quarter of its life */
#define DATE_STEP_MS                                                                                         \
    1000 /* RFC 9110, 5.6.7: a Date has whole seconds, so GitHub's clock may be ahead by that much */
#define LONGEST_LIFE_MS (24 * 3600000ll)

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

/* Its life is counted from the request, by GitHub's clock, so that a wrong local clock does no harm. With the lock. */
static bool take_token(const struct app_call *call, struct err *err)
{
    struct installation *to = call->of;
    json_auto_t *root = json_loadb(call->body.ptr ? call->body.ptr : "", call->body.len, 0, NULL);
    const char *token = json_string_value(json_object_get(root, "token"));
    int64_t ends_ms = read_time(json_string_value(json_object_get(root, "expires_at")));
    int64_t now_ms = call->headers.date_ms ? call->headers.date_ms : clock_wall_ms();
    int64_t life_ms = at_most(ends_ms - now_ms - DATE_STEP_MS, LONGEST_LIFE_MS);
    bool ok = token_ok(token) && life_ms > 0;
    if (ok) {
        snprintf(to->authorization, sizeof to->authorization, "Bearer %s", token);
        to->usable_until_ms = call->asked_ms + life_ms - at_most(MARGIN_MS, life_ms / 4);
        to->next_ms =
            call->asked_ms + life_ms - at_most(RENEW_EARLY_MS, life_ms / 2) - rnd_between(0, life_ms / 100);
        to->n_failures = 0;
        to->refused = false;
        to->look_ms = 0;
        call->app->life_ms = life_ms;
        app_list_soon(call->app);
    } else {
        err_set(err, ERR_BROKEN, "GitHub's answer to the request for a token has no valid token");
    }
    return ok;
}

/* Whether it is to be logged; not while the list is awaited, which says whether that installation ended. With the lock. */
static bool note_failure(const struct app_call *call)
{
    struct installation *of = call->of;
    struct gh_app *app = call->app;
    bool refused = !call->limit_ms && (call->status == 403 || call->status == 404);
    bool first = refused && !of->refused;
    of->n_failures++;
    of->next_ms = clock_mono_ms() + app_call_wait_ms(call, of->n_failures);
    of->refused |= refused;
    if (refused && !of->listed) {
        of->authorization[0] = '\0';
        atomic_store(&of->ended, true);
        atomic_fetch_add(&app->n_changes, 1);
    } else if (first && !app->given) {
        of->look_ms = clock_mono_ms();
        app_list_now(app);
        return false;
    }
    return true;
}

static void tell(const struct app_call *call, bool ok, bool logged, int64_t next_ms, const struct err *err)
{
    const struct installation *of = call->of;
    if (ok)
        log_debug("app.token_renewed", L_I64("installation", of->id));
    if (ok && logged)
        log_info("app.token_back", L_I64("installation", of->id));
    if (atomic_load(&of->ended))
        log_info("app.installation_ended", L_I64("installation", of->id), L_STR("why", err->text));
    else if (!ok && !logged && !atomic_load(&call->app->stopping))
        log_error("app.token", L_I64("installation", of->id), L_STR("why", err->text),
                  L_I64("again_in_s", (next_ms - clock_mono_ms() + 500) / 1000));
}

void app_token_answered(struct app_call *call)
{
    struct gh_app *app = call->app;
    struct installation *of = call->of;
    struct err err = {0};
    bool answered = call->status == 201 || app_call_failed(call, "request the installation's token", &err);
    pthread_mutex_lock(&app->lock);
    bool ok = answered && take_token(call, &err), logged = of->logged;
    bool awaits_list = !ok && !note_failure(call);
    of->logged = !ok && (logged || !awaits_list);
    of->tried = true;
    of->asked = false;
    int64_t next_ms = of->next_ms;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
    tell(call, ok, logged || awaits_list, next_ms, &err);
}
