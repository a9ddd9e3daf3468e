/* A bounded set of connections. Opened when needed, handed out last-in first-out so that few stay warm. */
#include "core/base/clock.h"
#include "schema/db/db.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct db_pool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
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
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->freed, &attr);
    pthread_condattr_destroy(&attr);
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
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    free(pool->url);
    free(pool->application);
    free(pool->idle);
    free(pool);
}

static bool wait_freed(struct db_pool *pool, int64_t deadline_mono_ms)
{
    struct timespec until = {.tv_sec = deadline_mono_ms / 1000, .tv_nsec = deadline_mono_ms % 1000 * 1000000};
    return pthread_cond_timedwait(&pool->freed, &pool->lock, &until) == 0;
}

bool db_pool_acquire(struct db_pool *pool, int deadline_ms, struct db **db_out, struct err *err)
{
    int64_t deadline = clock_mono_ms() + deadline_ms;
    pthread_mutex_lock(&pool->lock);
    while (pool->n_idle == 0 && pool->n_open >= pool->max) {
        if (!wait_freed(pool, deadline) && pool->n_idle == 0 && pool->n_open >= pool->max) {
            pthread_mutex_unlock(&pool->lock);
            return err_set(err, ERR_DB_BUSY, "all %d connections are busy", pool->max);
        }
    }
    if (pool->n_idle) {
        *db_out = pool->idle[--pool->n_idle];
        pthread_mutex_unlock(&pool->lock);
        return true;
    }
    pool->n_open++;
    pthread_mutex_unlock(&pool->lock);
    if (db_open(&pool->options, db_out, err))
        return true;
    pthread_mutex_lock(&pool->lock);
    pool->n_open--;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    return false;
}

void db_pool_release(struct db_pool *pool, struct db *db)
{
    if (!db)
        return;
    db_rollback(db);
    bool keep = db_is_up(db);
    if (!keep)
        db_close(db);
    pthread_mutex_lock(&pool->lock);
    if (keep)
        pool->idle[pool->n_idle++] = db;
    else
        pool->n_open--;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

void db_pool_stats(struct db_pool *pool, int *open_out, int *busy_out, int *max_out)
{
    pthread_mutex_lock(&pool->lock);
    *open_out = pool->n_open;
    *busy_out = pool->n_open - pool->n_idle;
    *max_out = pool->max;
    pthread_mutex_unlock(&pool->lock);
}
