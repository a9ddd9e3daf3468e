#include "api/runtime/readiness.h"
#include "api/auth/auth.h"
#include "api/request/request.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "schema/db/db_gate.h"
#include "schema/migrate.h"
#include <stdlib.h>

#define ANSWER_MS 1000 /* of a check */

struct readiness {
    struct api *api;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wanted, seen;
    bool stopping, is_wanted;
    int64_t begun_ms; /* mono: start of the running check; 0: none */
    uint64_t n_looks; /* completed checks */
    enum fault fault; /* result of the last one */
};

static enum fault fault_of(const struct err *err)
{
    return err->code == ERR_SCHEMA || err->code == ERR_DB         ? SCHEMA_WRONG
           : err->code == ERR_DB_BUSY || err->code == ERR_TIMEOUT ? DATABASE_BUSY
                                                                  : DATABASE_DOWN;
}

static enum fault look_at(struct db_gate *gate)
{
    struct err err = {0};
    struct db *db;
    if (!db_gate_acquire(gate, &db, &err))
        return fault_of(&err);
    bool ok = schema_check(db, &err) || (err.code == ERR_DB_DOWN && schema_check(db, &err));
    db_gate_release(gate, db);
    return ok ? READY : fault_of(&err);
}

static enum fault look(struct api *api)
{
    enum fault fault = look_at(api->write);
    if (fault != READY || api->read == api->write)
        return fault;
    fault = look_at(api->read);
    return fault == DATABASE_DOWN ? READY : fault; /* the primary answers instead */
}

static void *run(void *arg)
{
    struct readiness *r = arg;
    pthread_mutex_lock(&r->lock);
    while (!r->stopping) {
        if (!r->is_wanted) {
            pthread_cond_wait(&r->wanted, &r->lock);
            continue;
        }
        r->is_wanted = false;
        r->begun_ms = clock_mono_ms();
        pthread_mutex_unlock(&r->lock);
        enum fault fault = look(r->api);
        if (fault == SCHEMA_WRONG && r->api->auth)
            auth_listen_anew(r->api->auth);
        pthread_mutex_lock(&r->lock);
        r->fault = fault;
        r->begun_ms = 0;
        r->n_looks++;
        pthread_cond_broadcast(&r->seen);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

enum fault readiness_ask(struct readiness *r)
{
    pthread_mutex_lock(&r->lock);
    int64_t now = clock_mono_ms(), until = (r->begun_ms ? r->begun_ms : now) + ANSWER_MS;
    uint64_t before = r->n_looks;
    if (!r->begun_ms) {
        r->is_wanted = true;
        pthread_cond_signal(&r->wanted);
    }
    for (; r->n_looks == before && now < until; now = clock_mono_ms())
        cond_wait_until(&r->seen, &r->lock, until);
    enum fault fault = r->n_looks == before ? DATABASE_BUSY : r->fault;
    pthread_mutex_unlock(&r->lock);
    return fault;
}

static void destroy(struct readiness *r)
{
    pthread_cond_destroy(&r->wanted);
    pthread_cond_destroy(&r->seen);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

bool readiness_start(struct api *api, struct readiness **out, struct err *err)
{
    struct readiness *r = xcalloc(1, sizeof *r);
    r->api = api;
    pthread_mutex_init(&r->lock, NULL);
    cond_init(&r->wanted);
    cond_init(&r->seen);
    if (!thread_start(&r->thread, run, r, err)) {
        destroy(r);
        return false;
    }
    *out = r;
    return true;
}

void readiness_stop(struct readiness *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    pthread_cond_signal(&r->wanted);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    destroy(r);
}
