#include "api/auth/login_throttle.h"
#include "core/base/clock.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS 512
#define WAYS 4 /* a set gives up what is forgiven first */

struct bucket {
    unsigned char key[FAILURE_KEY_BYTES];
    int64_t clear_at_ms; /* mono: when the last of them is forgiven */
};

struct failures {
    pthread_mutex_t lock;
    int burst;
    int64_t each_ms;
    struct bucket sets[SETS][WAYS];
};

struct failures *failures_create(int burst, int64_t each_ms)
{
    struct failures *failures = calloc(1, sizeof *failures);
    if (!failures)
        abort();
    pthread_mutex_init(&failures->lock, NULL);
    failures->burst = burst;
    failures->each_ms = each_ms;
    return failures;
}

void failures_destroy(struct failures *failures)
{
    if (!failures)
        return;
    pthread_mutex_destroy(&failures->lock);
    free(failures);
}

/* The key's bucket, or NULL; *oldest_out is the one to take for a new key. */
static struct bucket *find(struct failures *failures, const unsigned char *key, struct bucket **oldest_out)
{
    struct bucket *set = failures->sets[(key[0] | key[1] << 8) % SETS];
    *oldest_out = set;
    for (int i = 0; i < WAYS; i++) {
        if (memcmp(set[i].key, key, FAILURE_KEY_BYTES) == 0)
            return &set[i];
        if (set[i].clear_at_ms < (*oldest_out)->clear_at_ms)
            *oldest_out = &set[i];
    }
    return NULL;
}

int failures_wait_s(struct failures *failures, const unsigned char key[FAILURE_KEY_BYTES])
{
    struct bucket *oldest;
    int64_t over = 0;
    pthread_mutex_lock(&failures->lock);
    const struct bucket *bucket = find(failures, key, &oldest);
    if (bucket)
        over = bucket->clear_at_ms - clock_mono_ms() - (int64_t)(failures->burst - 1) * failures->each_ms;
    pthread_mutex_unlock(&failures->lock);
    return over > 0 ? (int)((over + 999) / 1000) : 0;
}

void failures_count(struct failures *failures, const unsigned char key[FAILURE_KEY_BYTES])
{
    struct bucket *oldest;
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&failures->lock);
    struct bucket *bucket = find(failures, key, &oldest);
    if (!bucket) {
        bucket = oldest;
        memcpy(bucket->key, key, FAILURE_KEY_BYTES);
        bucket->clear_at_ms = now;
    }
    if (bucket->clear_at_ms < now)
        bucket->clear_at_ms = now;
    bucket->clear_at_ms += failures->each_ms;
    pthread_mutex_unlock(&failures->lock);
}
