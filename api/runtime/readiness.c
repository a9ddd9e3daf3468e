#include "api/runtime/readiness.h"
#include "api/auth/auth.h"
#include "api/request/request.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include "core/log/log_limit.h"
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
    struct log_limit limit;
    bool said_not_ready; /* by a line of the log that no api.ready followed */
};

const char *fault_name(enum fault fault)
{
    static const char *const names[] = {[READY] = "none",
                                        [DATABASE_DOWN] = "unreachable",
                                        [DATABASE_RESTARTS] = "restarting",
                                        [DATABASE_REFUSES] = "refused",
                                        [DATABASE_EXHAUSTED] = "exhausted",
                                        [DATABASE_BUSY] = "busy",
                                        [SCHEMA_WRONG] = "schema"};
    return names[fault];
}

static enum fault fault_of(const struct err *err)
{
    enum db_trouble trouble = db_trouble_of(err);
    return trouble == DB_EXHAUSTED                                ? DATABASE_EXHAUSTED
           : trouble == DB_RESTARTING                             ? DATABASE_RESTARTS
           : trouble == DB_REFUSES                                ? DATABASE_REFUSES
           : err->code == ERR_SCHEMA || err->code == ERR_DB       ? SCHEMA_WRONG
           : err->code == ERR_DB_BUSY || err->code == ERR_TIMEOUT ? DATABASE_BUSY
                                                                  : DATABASE_DOWN;
}

static enum fault look_at(struct db_gate *gate, struct err *err)
{
    struct db *db;
    if (!db_gate_acquire(gate, &db, err))
        return fault_of(err);
    bool ok = schema_check(db, err) || (err->code == ERR_DB_DOWN && schema_check(db, err));
    db_gate_release(gate, db);
    return ok ? READY : fault_of(err);
}

static enum fault look(struct api *api, struct err *err)
{
    enum fault fault = look_at(api->write, err);
    if (fault != READY || api->read == api->write)
        return fault;
    fault = look_at(api->read, err);
    bool away = fault_is_of_database(fault) && fault != DATABASE_BUSY;
    return away ? READY : fault; /* the primary answers instead */
}

/* A fault once, and again each minute while it lasts; its end if the log has the fault. */
static void note(struct readiness *r, enum fault fault, const char *why)
{
    int64_t n_held;
    if (fault == READY && r->said_not_ready) {
        r->said_not_ready = false;
        log_info("api.ready");
    } else if (fault != READY &&
               log_limit_passes(&r->limit, fault_name(fault), "", clock_mono_ms(), &n_held)) {
        r->said_not_ready = true;
        log_warn("api.not_ready", L_STR("fault", fault_name(fault)), L_STR("why", why));
    }
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
        struct err err = {0};
        enum fault fault = look(r->api, &err);
        note(r, fault, err.text);
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
    pthread_mutex_destroy(&r->limit.lock);
    free(r);
}

bool readiness_start(struct api *api, struct readiness **out, struct err *err)
{
    struct readiness *r = xcalloc(1, sizeof *r);
    r->api = api;
    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->limit.lock, NULL);
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
