#include "api/auth/login_throttle.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS 512
#define WAYS 4 /* a full set evicts the entry that expires first */

struct bucket {
    unsigned char key[THROTTLE_KEY_BYTES];
    int64_t clear_at_ms; /* mono: when the last of them is forgiven */
};

struct login_throttle {
    pthread_mutex_t lock;
    int burst;
    int64_t interval_ms;
    struct bucket sets[SETS][WAYS];
};

struct login_throttle *login_throttle_create(int burst, int64_t interval_ms)
{
    struct login_throttle *throttle = xcalloc(1, sizeof *throttle);
    pthread_mutex_init(&throttle->lock, NULL);
    throttle->burst = burst;
    throttle->interval_ms = interval_ms;
    return throttle;
}

void login_throttle_destroy(struct login_throttle *throttle)
{
    if (!throttle)
        return;
    pthread_mutex_destroy(&throttle->lock);
    free(throttle);
}

/* The key's bucket, or NULL; *oldest_out is the one to take for a new key. */
static struct bucket *find(struct login_throttle *throttle, const unsigned char *key,
                           struct bucket **oldest_out)
{
    struct bucket *set = throttle->sets[(key[0] | key[1] << 8) % SETS];
    *oldest_out = set;
    for (int i = 0; i < WAYS; i++) {
        if (memcmp(set[i].key, key, THROTTLE_KEY_BYTES) == 0)
            return &set[i];
        if (set[i].clear_at_ms < (*oldest_out)->clear_at_ms)
            *oldest_out = &set[i];
    }
    return NULL;
}

int login_throttle_wait_s(struct login_throttle *throttle, const unsigned char key[THROTTLE_KEY_BYTES])
{
    struct bucket *oldest;
    int64_t over = 0;
    pthread_mutex_lock(&throttle->lock);
    const struct bucket *bucket = find(throttle, key, &oldest);
    if (bucket)
        over = bucket->clear_at_ms - clock_mono_ms() - (int64_t)(throttle->burst - 1) * throttle->interval_ms;
    pthread_mutex_unlock(&throttle->lock);
    return over > 0 ? (int)((over + 999) / 1000) : 0;
}

void login_throttle_count(struct login_throttle *throttle, const unsigned char key[THROTTLE_KEY_BYTES])
{
    struct bucket *oldest;
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&throttle->lock);
    struct bucket *bucket = find(throttle, key, &oldest);
    if (!bucket) {
        bucket = oldest;
        memcpy(bucket->key, key, THROTTLE_KEY_BYTES);
        bucket->clear_at_ms = now;
    }
    if (bucket->clear_at_ms < now)
        bucket->clear_at_ms = now;
    bucket->clear_at_ms += throttle->interval_ms;
    pthread_mutex_unlock(&throttle->lock);
}
