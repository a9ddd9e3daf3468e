/* Which installations there are: those that the settings name, or GitHub's list, page by page, read again from time to time. A list is
 * used only if all its pages came. One that is missing in it is asked for its token: lists whose pages shift while they are read
 * miss some, but only an installation that ended is refused a token. */
#include "core/base/clock.h"
#include "core/base/slice.h"
#include "github/app/app_private.h"
#include <jansson.h>

#define LOOK_MS     (10 * 60000) /* at most a sixth of a token's life */
#define LOOK_MIN_MS 1000
#define PAGE_ITEMS  100
#define MAX_PAGES   100
#define FIND_TRIES  4
#define PATIENCE_MS 60000 /* of the start, if GitHub says how long to wait */
#define TOO_MANY    "the app has more than %d installations: name those to use in GITHUB_APP_INSTALLATIONS"

/* With the lock, once it is shared. */
static void add(struct gh_app *app, int64_t id)
{
    size_t n = atomic_load(&app->n);
    app->items[n].id = id;
    app->items[n].listed = true;
    atomic_store(&app->n, n + 1); /* after the item: a thread that reads the number may read it */
    atomic_fetch_add(&app->n_changes, 1);
}

static struct installation *find(struct gh_app *app, int64_t id)
{
    for (size_t i = 0; i < atomic_load(&app->n); i++)
        if (app->items[i].id == id)
            return &app->items[i];
    return NULL;
}

bool app_list_given(struct gh_app *app, struct err *err)
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
        if (find(app, id))
            continue;
        if (atomic_load(&app->n) == app->most)
            return err_set(err, ERR_CONFIG,
                           "GITHUB_APP_INSTALLATIONS: got more than %d ids, the most that are used",
                           GH_APP_MAX_INSTALLATIONS);
        add(app, id);
    }
    return atomic_load(&app->n) ||
           err_set(err, ERR_CONFIG, "GITHUB_APP_INSTALLATIONS: expected at least one id");
}

/* ---- GitHub's list ---- */

const char *app_list_path(struct gh_app *app, struct arena *a)
{
    struct listing *list = &app->list;
    if (++list->page == 1) {
        list->n = 0;
        list->too_many = false;
        list->began_ms = clock_mono_ms();
    }
    return arena_printf(a, "/app/installations?per_page=%d&page=%d", PAGE_ITEMS, list->page);
}

static void note_id(struct listing *list, int64_t id)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->ids[i] == id)
            return;
    if (list->n == GH_APP_MAX_INSTALLATIONS)
        list->too_many = true;
    else
        list->ids[list->n++] = id;
}

/* Suspended ones give no tokens, so they are as good as not listed. */
static bool read_page(const struct app_call *call, bool *last_out, struct err *err)
{
    struct listing *list = &call->app->list;
    json_auto_t *root = json_loadb(call->body.ptr ? call->body.ptr : "", call->body.len, 0, NULL);
    json_t *item;
    size_t i;
    if (!json_is_array(root))
        return err_set(err, ERR_BROKEN, "GitHub's list of the app's installations is not valid");
    json_array_foreach(root, i, item)
    {
        int64_t id = json_integer_value(json_object_get(item, "id"));
        const json_t *suspended = json_object_get(item, "suspended_at");
        if (id > 0 && (!suspended || json_is_null(suspended)))
            note_id(list, id);
    }
    *last_out = json_array_size(root) < PAGE_ITEMS;
    if (list->too_many || (!*last_out && list->page == MAX_PAGES))
        return err_set(err, ERR_CONFIG, TOO_MANY, GH_APP_MAX_INSTALLATIONS);
    return true;
}

static bool is_listed(const struct listing *list, int64_t id)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->ids[i] == id)
            return true;
    return false;
}

/* With the lock. */
static void compare(struct gh_app *app, struct installation *with, int64_t now_ms)
{
    with->listed = is_listed(&app->list, with->id);
    if (!with->listed) {
        with->next_ms = at_most(with->next_ms, now_ms);
    } else if (atomic_load(&with->ended)) {
        atomic_store(&with->ended, false);
        with->next_ms = now_ms;
        with->logged = with->refused = false;
        with->n_failures = 0;
        atomic_fetch_add(&app->n_changes, 1);
        log_info("app.installation_back", L_I64("installation", with->id));
    } else if (with->look_ms && with->look_ms <= app->list.began_ms) {
        with->next_ms = at_most(with->next_ms, now_ms);
        with->look_ms = 0;
    }
}

/* With the lock. */
static bool take_over(struct gh_app *app, struct err *err)
{
    struct listing *list = &app->list;
    int64_t now_ms = clock_mono_ms();
    for (size_t i = 0; i < atomic_load(&app->n); i++)
        compare(app, &app->items[i], now_ms);
    for (size_t i = 0; i < list->n; i++) {
        if (find(app, list->ids[i]))
            continue;
        if (atomic_load(&app->n) == app->most)
            return err_set(
                err, ERR_CONFIG,
                "the app has had more than %d installations since this process began, which is all that it "
                "keeps: restart it",
                (int)app->most);
        add(app, list->ids[i]);
        if (list->complete)
            log_info("app.installation_found", L_I64("installation", list->ids[i]));
    }
    if (!list->n && !list->complete)
        return err_set(err, ERR_CONFIG,
                       "GITHUB_APP_ID: the app %s has no installation in use: install it in an account or "
                       "organisation",
                       app->cfg->github_app_id);
    return true;
}

/* With the lock. */
static int64_t usual_wait_ms(const struct gh_app *app)
{
    int64_t wait_ms = at_most(LOOK_MS, app->life_ms / 6);
    return wait_ms < LOOK_MIN_MS ? LOOK_MIN_MS : wait_ms;
}

/* With the lock. */
static void next_look(struct gh_app *app, const struct app_call *call, bool ok)
{
    struct listing *list = &app->list;
    bool start_waits = !ok && !list->complete;
    int64_t failed_ms = ok ? 0 : app_call_wait_ms(call, list->n_failures), wait_ms = usual_wait_ms(app);
    if (start_waits || (app_call_asked_ms(call) && failed_ms > wait_ms))
        wait_ms = failed_ms;
    list->next_ms = clock_mono_ms() + (list->again ? 0 : wait_ms);
    list->again = false;
}

bool app_list_decided(const struct gh_app *app)
{
    return app->list.complete || app->list.decided;
}

/* Whether the start tries once more after that failure. With the lock. */
static bool may_pass(const struct app_call *call)
{
    bool passing = !call->status || call->status >= 500 || call->limit_ms;
    return passing && call->app->list.n_failures < FIND_TRIES && app_call_asked_ms(call) <= PATIENCE_MS;
}

void app_list_now(struct gh_app *app)
{
    if (app->given)
        return;
    app->list.again = app->list.reading;
    if (!app->list.again)
        app->list.next_ms = clock_mono_ms();
}

void app_list_soon(struct gh_app *app)
{
    if (!app->given && !app->list.reading)
        app->list.next_ms = at_most(app->list.next_ms, clock_mono_ms() + usual_wait_ms(app));
}

void app_list_answered(struct app_call *call)
{
    struct gh_app *app = call->app;
    struct listing *list = &app->list;
    struct err err = {0};
    bool last = true;
    bool ok = (call->status == 200 || app_call_failed(call, "list the app's installations", &err)) &&
              read_page(call, &last, &err);
    pthread_mutex_lock(&app->lock);
    bool started = list->complete;
    list->asked = false;
    if (ok && !last) {
        list->next_ms = clock_mono_ms();
    } else {
        ok = ok && take_over(app, &err);
        list->page = 0;
        list->reading = false;
        list->complete |= ok;
        list->n_failures = ok ? 0 : list->n_failures + 1;
        if (!ok)
            list->err = err;
        list->decided = !ok && !may_pass(call);
        next_look(app, call, ok);
    }
    bool quiet = atomic_load(&app->stopping);
    bool tell = started && !ok && !list->logged && !quiet,
         tell_again = !started && !ok && !list->decided && !quiet;
    if (last || !ok)
        list->logged = started && !ok;
    int64_t next_ms = list->next_ms;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
    if (tell_again)
        log_warn("app.installations", L_STR("why", err.text),
                 L_I64("again_in_s", (next_ms - clock_mono_ms() + 500) / 1000));
    if (tell)
        log_error("app.installations", L_STR("why", err.text),
                  L_STR("note", "those that are known stay in use"));
}
