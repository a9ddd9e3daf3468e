#include "api/runtime/demo_look.h"
#include "api/request/request.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include "schema/db/db_gate.h"
#include "schema/demo.h"
#include <stdlib.h>

#define AGAIN_MS 300000 /* after a no */
#define RETRY_MS 10000  /* after an error, such as a database that is not there yet */

struct demo_look {
    struct api *api;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopping;
};

static bool ask(struct api *api, bool *demo_out, struct err *err)
{
    struct db *db;
    if (!db_gate_acquire(api->write, &db, err))
        return false;
    bool ok = demo_crawled(db, demo_out, err);
    db_gate_release(api->write, db);
    return ok;
}

static void *run(void *arg)
{
    struct demo_look *look = arg;
    bool demo = false;
    pthread_mutex_lock(&look->lock);
    while (!look->stopping && !demo) {
        struct err err = {0};
        pthread_mutex_unlock(&look->lock);
        bool ok = ask(look->api, &demo, &err);
        if (!ok)
            log_debug("demo.passed_over", L_STR("why", err.text));
        else
            log_debug("demo.asked", L_STR("demo", demo ? "yes" : "no"));
        if (demo)
            look->api->demo = true;
        pthread_mutex_lock(&look->lock);
        int64_t until = clock_mono_ms() + (ok ? AGAIN_MS : RETRY_MS);
        while (!look->stopping && !demo && clock_mono_ms() < until)
            cond_wait_until(&look->stop, &look->lock, until);
    }
    pthread_mutex_unlock(&look->lock);
    return NULL;
}

static void destroy(struct demo_look *look)
{
    pthread_cond_destroy(&look->stop);
    pthread_mutex_destroy(&look->lock);
    free(look);
}

bool demo_look_start(struct api *api, struct demo_look **out, struct err *err)
{
    const struct config *cfg = api->cfg;
    *out = NULL;
    api->demo = cfg->github_token && strcmp(cfg->github_token, DEMO_TOKEN) == 0;
    if (api->demo)
        return true;
    struct demo_look *look = xcalloc(1, sizeof *look);
    look->api = api;
    pthread_mutex_init(&look->lock, NULL);
    cond_init(&look->stop);
    if (!thread_start(&look->thread, run, look, err)) {
        destroy(look);
        return false;
    }
    *out = look;
    return true;
}

void demo_look_stop(struct demo_look *look)
{
    if (!look)
        return;
    pthread_mutex_lock(&look->lock);
    look->stopping = true;
    pthread_cond_signal(&look->stop);
    pthread_mutex_unlock(&look->lock);
    pthread_join(look->thread, NULL);
    destroy(look);
}
