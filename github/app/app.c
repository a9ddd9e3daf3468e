/* Happy path: find the installations → request their tokens → renew them, and look for other installations. The requests, and what
 * happens on failures, are in app_calls.c, app_token.c and app_list.c. */
#include "github/app/app.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/memory.h"
#include "github/app/app_private.h"
#include <poll.h>
#include <stdlib.h>

#define FIRST_WAIT_MS   10000  /* for the first tokens, at the start */
#define FIND_MS         600000 /* for the list, with its repetitions */
#define ABANDON_LOOK_MS 200
#define HOUR_MS         3600000
#define MAX_REFUSALS    2
#define FORGOTTEN_MS    600000 /* refusals that long ago do not delay a new token */
#define MAX_REPLACE_MS  300000

/* ---- start and stop ---- */

static bool all_tried(const struct gh_app *app)
{
    for (size_t i = 0; i < atomic_load(&app->n); i++)
        if (!app->items[i].tried)
            return false;
    return true;
}

static bool list_came(struct gh_app *app, struct err *err)
{
    pthread_mutex_lock(&app->lock);
    bool came = app->list.complete;
    if (!came && app->list.n_failures)
        *err = app->list.err;
    else if (!came)
        err_set(err, ERR_TIMEOUT, "list the app's installations: GitHub's answers took more than %d minutes",
                FIND_MS / 60000);
    pthread_mutex_unlock(&app->lock);
    return came;
}

static bool check_id(const char *id, struct err *err)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return (strlen(id) <= 40 && strspn(id, allowed) == strlen(id)) ||
           err_set(err, ERR_CONFIG, "GITHUB_APP_ID: got \"%.60s\", expected the app's id or client id", id);
}

static bool is_abandoned(const struct gh_abandon *abandon)
{
    struct pollfd p = {.fd = abandon ? abandon->fd : -1, .events = POLLIN};
    return abandon && ((abandon->flag && atomic_load(abandon->flag)) || poll(&p, 1, 0) > 0);
}

/* Until `done`, or until_ms. False: abandoned. */
static bool wait_until(struct gh_app *app, bool (*done)(const struct gh_app *app), int64_t until_ms,
                       const struct gh_abandon *abandon)
{
    bool goes_on = true;
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&app->lock);
    for (; goes_on && !done(app) && now < until_ms; now = clock_mono_ms()) {
        cond_wait_until(&app->changed, &app->lock, at_most(until_ms, now + ABANDON_LOOK_MS));
        goes_on = !is_abandoned(abandon);
    }
    pthread_mutex_unlock(&app->lock);
    return goes_on;
}

static bool begin(struct gh_app *app, const struct gh_abandon *abandon, struct err *err)
{
    app->most = GH_APP_MAX_INSTALLATIONS;
    app->items = xcalloc(app->most, sizeof *app->items);
    if (app->given && !app_list_given(app, err))
        return false;
    if (!gh_multi_start(&app_calls, app, 4, app->cfg->github_ca_file, &app->loop, err))
        return false;
    if (!wait_until(app, app_list_decided, clock_mono_ms() + FIND_MS, abandon))
        return err_set(err, ERR_STOPPING, "stopped");
    if (!list_came(app, err))
        return false;
    return wait_until(app, all_tried, clock_mono_ms() + FIRST_WAIT_MS, abandon) ||
           err_set(err, ERR_STOPPING, "stopped");
}

bool gh_app_start(const struct config *cfg, const struct gh_abandon *abandon, struct gh_app **out,
                  struct err *err)
{
    struct gh_app *app = xcalloc(1, sizeof *app);
    app->cfg = cfg;
    app->life_ms = HOUR_MS;
    app->given = cfg->github_app_installations != NULL;
    app->list.complete = app->given;
    app->list.next_ms = app->given ? INT64_MAX : 0;
    pthread_mutex_init(&app->lock, NULL);
    cond_init(&app->changed);
    bool ok = check_id(cfg->github_app_id, err) &&
              gh_app_key_load(cfg->github_app_private_key, &app->key, err) && begin(app, abandon, err);
    if (!ok) {
        gh_app_stop(app);
        return false;
    }
    *out = app;
    return true;
}

void gh_app_retire(struct gh_app *app)
{
    atomic_store(&app->stopping, true);
}

void gh_app_stop(struct gh_app *app)
{
    if (!app)
        return;
    gh_app_retire(app);
    gh_multi_stop(app->loop, 0);
    gh_multi_destroy(app->loop);
    gh_app_key_free(app->key);
    pthread_cond_destroy(&app->changed);
    pthread_mutex_destroy(&app->lock);
    if (app->items)
        memset(app->items, 0, app->most * sizeof *app->items);
    free(app->items);
    free(app);
}

/* ---- installations ---- */

void gh_app_look(struct gh_app *app)
{
    if (app->given)
        return;
    pthread_mutex_lock(&app->lock);
    app_list_now(app);
    pthread_mutex_unlock(&app->lock);
    gh_multi_wake(app->loop);
}

const char *gh_app_id(const struct gh_app *app)
{
    return app->cfg->github_app_id;
}

uint64_t gh_app_n_changes(const struct gh_app *app)
{
    return atomic_load(&app->n_changes);
}

size_t gh_app_n_installations(const struct gh_app *app)
{
    return atomic_load(&app->n);
}

size_t gh_app_most(const struct gh_app *app)
{
    return app->given ? atomic_load(&app->n) : app->most;
}

int64_t gh_app_installation_id(const struct gh_app *app, size_t i)
{
    return app->items[i].id;
}

bool gh_app_has_ended(const struct gh_app *app, size_t i)
{
    return atomic_load(&app->items[i].ended);
}

/* ---- their tokens ---- */

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
    of->next_ms = at_most(of->next_ms, now + (n ? at_most(500ll << n, MAX_REPLACE_MS) : 0));
}

bool gh_app_refused(struct gh_app *app, size_t i, enum gh_resource resource, const char *authorization)
{
    struct installation *of = &app->items[i];
    pthread_mutex_lock(&app->lock);
    if (strcmp(of->authorization, authorization) == 0) {
        of->n_refusals[resource]++;
        replace(of);
        gh_multi_wake(app->loop);
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
