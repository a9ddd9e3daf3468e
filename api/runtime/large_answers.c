#include "api/runtime/large_answers.h"
#include "api/runtime/connections.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/memory.h"
#include <stdlib.h>

#define SLOT_WAIT_MS     2000 /* as long as for a connection to the database */
#define ROOM_WAIT_MS     1000
#define ROOM_INTERVAL_MS 50 /* each attempt scans all connections if there is none */

struct large_answers {
    pthread_mutex_t lock;
    pthread_cond_t left;
    int free;
};

struct large_answers *large_answers_create(int slots)
{
    struct large_answers *large_answers = xcalloc(1, sizeof *large_answers);
    large_answers->free = slots;
    pthread_mutex_init(&large_answers->lock, NULL);
    cond_init(&large_answers->left);
    return large_answers;
}

void large_answers_destroy(struct large_answers *large_answers)
{
    if (!large_answers)
        return;
    pthread_cond_destroy(&large_answers->left);
    pthread_mutex_destroy(&large_answers->lock);
    free(large_answers);
}

bool large_answers_enter(struct request *rq)
{
    struct large_answers *large_answers = rq->api->large_answers;
    int64_t until = clock_mono_ms() + SLOT_WAIT_MS;
    bool in_time = true;
    if (rq->large_slot)
        return true;
    pthread_mutex_lock(&large_answers->lock);
    while (large_answers->free == 0 && in_time)
        in_time = cond_wait_until(&large_answers->left, &large_answers->lock, until);
    rq->large_slot = large_answers->free > 0;
    large_answers->free -= rq->large_slot;
    pthread_mutex_unlock(&large_answers->lock);
    return rq->large_slot;
}

void large_answers_leave(struct request *rq)
{
    struct large_answers *large_answers = rq->api->large_answers;
    if (!rq->large_slot)
        return;
    rq->large_slot = false;
    pthread_mutex_lock(&large_answers->lock);
    large_answers->free++;
    pthread_cond_signal(&large_answers->left);
    pthread_mutex_unlock(&large_answers->lock);
}

bool large_answers_reserve(struct request *rq, size_t bytes)
{
    int64_t until = clock_mono_ms() + ROOM_WAIT_MS;
    while (!connections_reserve(rq->api->connections, bytes)) {
        if (clock_mono_ms() >= until)
            return false;
        clock_sleep_ms(ROOM_INTERVAL_MS);
    }
    rq->reserved += bytes;
    return true;
}
