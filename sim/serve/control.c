/* control.c: /_sim/, for tests: read the truth, change the world, change the settings. Not part of GitHub. */
#include "sim/serve/server.h"
#include "sim/world/mutate.h"

#include <stdlib.h>

static void answer_dump(struct request *rq, unsigned status, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    struct buf b = {0};
    buf_str(&b, text ? text : "null");
    free(text);
    answer_json(rq, status, &b);
}

static void bad_request(struct request *rq, const char *message)
{
    struct buf b = {0};
    BUF_LIT(&b, "{\"error\":");
    buf_json(&b, message);
    BUF_LIT(&b, "}");
    answer_json(rq, 400, &b);
}

static void get_truth(struct request *rq, json_t *unused)
{
    (void)unused;
    struct buf b = {0};
    pthread_rwlock_rdlock(&rq->server->world.lock);
    truth_render(&b, &rq->server->world, rq->server->url_base);
    pthread_rwlock_unlock(&rq->server->world.lock);
    answer_json(rq, 200, &b);
}

static void get_stats(struct request *rq, json_t *unused)
{
    (void)unused;
    struct buf b = {0};
    accounts_stats(rq->server->accounts, &b);
    app_stats(rq->server->app, &b);
    struct counters *c = &rq->server->counters;
    buf_printf(&b,
               ",\"connections\":%lld,\"open_connections\":%lld,\"max_open_connections\":%lld,"
               "\"status_page\":%lld,\"downloads\":%lld,\"downloads_with_authorization\":%lld}",
               (long long)__atomic_load_n(&c->connections, __ATOMIC_RELAXED),
               (long long)__atomic_load_n(&c->open_connections, __ATOMIC_RELAXED),
               (long long)__atomic_load_n(&c->max_open_connections, __ATOMIC_RELAXED),
               (long long)__atomic_load_n(&c->status_page, __ATOMIC_RELAXED),
               (long long)__atomic_load_n(&c->downloads, __ATOMIC_RELAXED),
               (long long)__atomic_load_n(&c->downloads_with_authorization, __ATOMIC_RELAXED));
    answer_json(rq, 200, &b);
}

/* Resets the counters, so that a test sees only its own requests. Quota windows stay as they are. */
static void post_stats(struct request *rq, json_t *unused)
{
    (void)unused;
    struct counters *c = &rq->server->counters;
    accounts_reset_stats(rq->server->accounts);
    app_reset_stats(rq->server->app);
    int64_t open = __atomic_load_n(&c->open_connections, __ATOMIC_RELAXED);
    __atomic_store_n(&c->connections, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&c->max_open_connections, open, __ATOMIC_RELAXED);
    __atomic_store_n(&c->status_page, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&c->downloads, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&c->downloads_with_authorization, 0, __ATOMIC_RELAXED);
    answer_text(rq, 200, "application/json; charset=utf-8", "{}");
}

static void post_app(struct request *rq, json_t *body)
{
    const struct app_change change = {.suspend = json_integer_value(json_object_get(body, "suspend")),
                                      .add = json_integer_value(json_object_get(body, "add")),
                                      .remove = json_integer_value(json_object_get(body, "remove")),
                                      .resume = json_integer_value(json_object_get(body, "resume")),
                                      .revoke = json_is_true(json_object_get(body, "revoke")),
                                      .key = json_string_value(json_object_get(body, "key"))};
    if (app_control(rq->server->app, &change))
        answer_text(rq, 200, "application/json; charset=utf-8", "{}");
    else
        bad_request(
            rq,
            "expected revoke: true, key: FILE, or suspend, remove or resume with the id of an installation");
}

static void get_components(struct request *rq, json_t *unused)
{
    (void)unused;
    __atomic_add_fetch(&rq->server->counters.status_page, 1, __ATOMIC_RELAXED);
    pthread_rwlock_rdlock(&rq->server->world.lock);
    enum status_mode mode = (enum status_mode)rq->server->options.settings.status;
    pthread_rwlock_unlock(&rq->server->world.lock);
    answer_components(rq, mode);
}

/* Applies ops until one fails; those before it stay applied and are in "done". */
static void post_mutate(struct request *rq, json_t *body)
{
    json_t *op, *done = json_array(), *answer = json_object();
    char err[512] = "";
    size_t i;
    struct world *w = &rq->server->world;
    struct rng rng;
    if (!json_is_array(body)) {
        json_decref(done);
        json_decref(answer);
        bad_request(rq, "expected a JSON array of ops");
        return;
    }
    pthread_rwlock_wrlock(&w->lock);
    rng.state = w->generation;
    json_array_foreach(body, i, op)
    {
        if (!mutate_apply(w, op, time(NULL), &rng, err, sizeof err))
            break;
        json_array_append(done, op);
    }
    pthread_rwlock_unlock(&w->lock);
    json_object_set_new(answer, "done", done);
    if (*err)
        json_object_set_new(answer, "error", json_string(err));
    answer_dump(rq, *err ? 422 : 200, answer);
    json_decref(answer);
}

static void post_random(struct request *rq, json_t *body)
{
    struct world *w = &rq->server->world;
    json_int_t steps = json_integer_value(json_object_get(body, "steps"));
    json_int_t seed = json_integer_value(json_object_get(body, "seed"));
    if (steps < 1 || steps > 1000000) {
        bad_request(rq, "steps: expected a number from 1 to 1000000");
        return;
    }
    pthread_rwlock_wrlock(&w->lock);
    json_t *done = mutate_random(w, (uint64_t)seed, (uint32_t)steps, time(NULL));
    pthread_rwlock_unlock(&w->lock);
    json_t *answer = json_pack("{s:o}", "done", done);
    answer_dump(rq, 200, answer);
    json_decref(answer);
}

static bool set_one(struct settings *s, const char *name, json_t *value, const char **expected_out)
{
    char *number = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    const char *text = json_is_string(value) ? json_string_value(value) : number;
    bool ok = settings_set(s, name, text ? text : "", expected_out);
    free(number);
    return ok;
}

/* All or nothing: a wrong member leaves the settings as they were. */
static void post_config(struct request *rq, json_t *body)
{
    struct server *sv = rq->server;
    const char *name, *expected = NULL;
    char message[300] = "";
    json_t *value;
    pthread_rwlock_wrlock(&sv->world.lock);
    struct settings s = sv->options.settings;
    json_object_foreach(body, name, value)
    {
        if (!*message && !set_one(&s, name, value, &expected))
            snprintf(message, sizeof message, "%.60s: expected %.200s", name,
                     expected ? expected : "the name of an option that can change at run time");
    }
    if (!*message) {
        sv->options.settings = s;
        sv->world.generation++;
    }
    pthread_rwlock_unlock(&sv->world.lock);
    if (*message)
        bad_request(rq, message);
    else
        answer_text(rq, 200, "application/json; charset=utf-8", "{}");
}

static const struct {
    const char *method, *name;
    void (*handler)(struct request *rq, json_t *body);
} endpoints[] = {{"GET", "truth", get_truth},
                 {"GET", "stats", get_stats},
                 {"GET", "components.json", get_components},
                 {"POST", "stats", post_stats},
                 {"POST", "app", post_app},
                 {"POST", "mutate", post_mutate},
                 {"POST", "random", post_random},
                 {"POST", "config", post_config}};

void control_request(struct request *rq)
{
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        if (rq->n_segments != 1 || strcmp(rq->segments[0], endpoints[i].name) != 0 ||
            strcmp(rq->method, endpoints[i].method) != 0)
            continue;
        json_t *body = rq->upload.data && !rq->upload_too_big
                           ? json_loadb(rq->upload.data, rq->upload.len, 0, NULL)
                           : NULL;
        if (*rq->method == 'P' && !body)
            bad_request(rq, "expected a JSON body");
        else
            endpoints[i].handler(rq, body);
        json_decref(body);
        return;
    }
    answer_not_found(rq);
}
