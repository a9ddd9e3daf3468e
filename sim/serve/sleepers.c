/* sleepers.c: wakes suspended connections. One thread, one binary heap by time.
 *
 * A connection is suspended while the lock is held and only if it has not been flushed, so that after
 * sleepers_flush none is left suspended: stopping the daemon with suspended connections is not allowed. */
#include "sim/serve/server.h"

#include <stdlib.h>

struct sleeper {
    int64_t until_ms;
    struct MHD_Connection *connection;
};

struct sleepers {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct sleeper *heap;
    size_t n, cap;
    bool flushed, stop;
};

static void sift_down(struct sleepers *t, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        if (left < t->n && t->heap[left].until_ms < t->heap[least].until_ms)
            least = left;
        if (right < t->n && t->heap[right].until_ms < t->heap[least].until_ms)
            least = right;
        if (least == i)
            return;
        struct sleeper swap = t->heap[i];
        t->heap[i] = t->heap[least];
        t->heap[least] = swap;
        i = least;
    }
}

static void push(struct sleepers *t, struct sleeper s)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->heap = xrealloc(t->heap, t->cap * sizeof *t->heap);
    }
    size_t i = t->n++;
    for (; i > 0 && t->heap[(i - 1) / 2].until_ms > s.until_ms; i = (i - 1) / 2)
        t->heap[i] = t->heap[(i - 1) / 2];
    t->heap[i] = s;
}

static void wake_first(struct sleepers *t)
{
    MHD_resume_connection(t->heap[0].connection);
    t->heap[0] = t->heap[--t->n];
    sift_down(t, 0);
}

static void *run(void *arg)
{
    struct sleepers *t = arg;
    pthread_mutex_lock(&t->lock);
    while (!t->stop) {
        int64_t now = clock_ms();
        while (t->n && t->heap[0].until_ms <= now)
            wake_first(t);
        if (t->n) {
            int64_t until = t->heap[0].until_ms;
            struct timespec at = {until / 1000, (long)(until % 1000) * 1000000};
            pthread_cond_timedwait(&t->changed, &t->lock, &at);
        } else {
            pthread_cond_wait(&t->changed, &t->lock);
        }
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

struct sleepers *sleepers_create(void)
{
    struct sleepers *t = xalloc(sizeof *t);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&t->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&t->lock, NULL);
    if (pthread_create(&t->thread, NULL, run, t) != 0)
        abort();
    return t;
}

bool sleepers_suspend(struct sleepers *t, struct MHD_Connection *connection, int64_t until_ms)
{
    pthread_mutex_lock(&t->lock);
    bool ok = !t->flushed;
    if (ok) {
        MHD_suspend_connection(connection);
        push(t, (struct sleeper){until_ms, connection});
        pthread_cond_signal(&t->changed);
    }
    pthread_mutex_unlock(&t->lock);
    return ok;
}

void sleepers_flush(struct sleepers *t)
{
    pthread_mutex_lock(&t->lock);
    t->flushed = true;
    while (t->n)
        wake_first(t);
    pthread_mutex_unlock(&t->lock);
}

void sleepers_destroy(struct sleepers *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->changed);
    free(t->heap);
    free(t);
}
