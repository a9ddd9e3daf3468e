/* A bounded set of connections. Opened when needed, handed out last-in first-out so that few stay warm; who waits for one
 * is served in his turn. */
#include "core/base/clock.h"
#include "schema/db/db.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct waiter {
    struct waiter *next;
    pthread_cond_t freed;
    struct db *db;
    bool served;
};

struct db_pool {
    pthread_mutex_t lock;
    struct waiter *waiting; /* the longest first; only while all connections are out */
    struct db_options options;
    char *url, *application;
    struct db **idle;
    int n_idle, n_open, max;
};

struct db_pool *db_pool_create(const struct db_options *options, int max_connections)
{
    struct db_pool *pool = calloc(1, sizeof *pool);
    if (!pool || !(pool->idle = calloc((size_t)max_connections, sizeof *pool->idle)))
        abort();
    pthread_mutex_init(&pool->lock, NULL);
    pool->options = *options;
    pool->options.url = pool->url = strdup(options->url ? options->url : "");
    pool->options.application = pool->application =
        strdup(options->application ? options->application : "gitomatic");
    pool->max = max_connections;
    return pool;
}

void db_pool_destroy(struct db_pool *pool)
{
    if (!pool)
        return;
    for (int i = 0; i < pool->n_idle; i++)
        db_close(pool->idle[i]);
    pthread_mutex_destroy(&pool->lock);
    free(pool->url);
    free(pool->application);
    free(pool->idle);
    free(pool);
}

/* ---- waiting ---- */

static void enqueue(struct db_pool *pool, struct waiter *w)
{
    struct waiter **end = &pool->waiting;
    while (*end)
        end = &(*end)->next;
    *end = w;
}

static void leave(struct db_pool *pool, struct waiter *w)
{
    struct waiter **at = &pool->waiting;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
}

/* With the lock held. db: an open connection, or NULL: the place of one that was closed. Who waits longest gets it in
 * his hand: put back, whoever releases one and asks again at once would take it before a waiter is awake. */
static void pass_on(struct db_pool *pool, struct db *db)
{
    struct waiter *w = pool->waiting;
    if (w) {
        pool->waiting = w->next;
        w->db = db;
        w->served = true;
        pthread_cond_signal(&w->freed);
    } else if (db) {
        pool->idle[pool->n_idle++] = db;
    } else {
        pool->n_open--;
    }
}

/* With the lock held. False: nothing came free in time. */
static bool wait_for_one(struct db_pool *pool, int64_t deadline_mono_ms, struct db **db_out)
{
    struct timespec until = {.tv_sec = deadline_mono_ms / 1000, .tv_nsec = deadline_mono_ms % 1000 * 1000000};
    struct waiter w = {0};
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w.freed, &attr);
    pthread_condattr_destroy(&attr);
    enqueue(pool, &w);
    while (!w.served && pthread_cond_timedwait(&w.freed, &pool->lock, &until) == 0)
        ;
    if (!w.served)
        leave(pool, &w);
    pthread_cond_destroy(&w.freed);
    *db_out = w.db;
    return w.served;
}

/* An idle one, or NULL and the right to open one. */
static bool take(struct db_pool *pool, int64_t deadline_mono_ms, struct db **db_out)
{
    bool ok = true;
    *db_out = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->n_idle)
        *db_out = pool->idle[--pool->n_idle];
    else if (pool->n_open < pool->max)
        pool->n_open++;
    else
        ok = wait_for_one(pool, deadline_mono_ms, db_out);
    pthread_mutex_unlock(&pool->lock);
    return ok;
}

static void give(struct db_pool *pool, struct db *db)
{
    pthread_mutex_lock(&pool->lock);
    pass_on(pool, db);
    pthread_mutex_unlock(&pool->lock);
}

/* ---- the pool's face ---- */

bool db_pool_acquire(struct db_pool *pool, int deadline_ms, struct db **db_out, struct err *err)
{
    if (!take(pool, clock_mono_ms() + deadline_ms, db_out))
        return err_set(err, ERR_DB_BUSY, "all %d connections are busy", pool->max);
    if (*db_out || db_open(&pool->options, db_out, err))
        return true;
    give(pool, NULL);
    return false;
}

void db_pool_release(struct db_pool *pool, struct db *db)
{
    if (!db)
        return;
    db_rollback(db);
    if (!db_is_up(db)) {
        db_close(db);
        db = NULL;
    }
    give(pool, db);
}

void db_pool_stats(struct db_pool *pool, int *open_out, int *busy_out, int *max_out)
{
    pthread_mutex_lock(&pool->lock);
    *open_out = pool->n_open;
    *busy_out = pool->n_open - pool->n_idle;
    *max_out = pool->max;
    pthread_mutex_unlock(&pool->lock);
}
