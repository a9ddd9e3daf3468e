#include "api/serve/large_answers.h"
#include "api/serve/connections.h"
#include "core/base/clock.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define PLACE_WAIT_MS 2000 /* as long as for a connection to the database */
#define ROOM_WAIT_MS  1000
#define ROOM_EACH_MS  50 /* each try walks all connections when there is none */

struct large {
    pthread_mutex_t lock;
    pthread_cond_t left;
    int free;
};

struct large *large_create(int places)
{
    struct large *large = calloc(1, sizeof *large);
    pthread_condattr_t monotonic;
    if (!large)
        abort();
    large->free = places;
    pthread_mutex_init(&large->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&large->left, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return large;
}

void large_destroy(struct large *large)
{
    if (!large)
        return;
    pthread_cond_destroy(&large->left);
    pthread_mutex_destroy(&large->lock);
    free(large);
}

bool large_enter(struct request *rq)
{
    struct large *large = rq->api->large;
    int64_t at = clock_mono_ms() + PLACE_WAIT_MS;
    struct timespec until = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
    bool in_time = true;
    if (rq->large)
        return true;
    pthread_mutex_lock(&large->lock);
    while (large->free == 0 && in_time)
        in_time = pthread_cond_timedwait(&large->left, &large->lock, &until) == 0;
    rq->large = large->free > 0;
    large->free -= rq->large;
    pthread_mutex_unlock(&large->lock);
    return rq->large;
}

void large_leave(struct request *rq)
{
    struct large *large = rq->api->large;
    if (!rq->large)
        return;
    rq->large = false;
    pthread_mutex_lock(&large->lock);
    large->free++;
    pthread_cond_signal(&large->left);
    pthread_mutex_unlock(&large->lock);
}

bool large_reserve(struct request *rq, size_t bytes)
{
    int64_t until = clock_mono_ms() + ROOM_WAIT_MS;
    while (!connections_reserve(rq->api->connections, bytes)) {
        if (clock_mono_ms() >= until)
            return false;
        clock_sleep_ms(ROOM_EACH_MS);
    }
    rq->reserved += bytes;
    return true;
}
