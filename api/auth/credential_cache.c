#include "api/auth/credential_cache.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include <pthread.h>
#include <stdlib.h>

#define SETS 256
#define WAYS 4 /* 1,024 credentials; a set evicts the entry that expires first */

struct slot {
    unsigned char key[CREDENTIAL_KEY_BYTES];
    int64_t until_ms, known_until_ms; /* mono; 0: empty */
    struct cached_credential answer;
};

struct credential_cache {
    pthread_mutex_t lock;
    uint64_t generation; /* number of times that the cache was cleared */
    uint64_t hits, misses;
    struct slot sets[SETS][WAYS];
};

struct credential_cache *credential_cache_create(void)
{
    struct credential_cache *cache = xcalloc(1, sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void credential_cache_destroy(struct credential_cache *cache)
{
    if (!cache)
        return;
    pthread_mutex_destroy(&cache->lock);
    sodium_memzero(cache, sizeof *cache);
    free(cache);
}

bool credential_cache_find(struct credential_cache *cache, const unsigned char key[CREDENTIAL_KEY_BYTES],
                           struct cached_credential *out, uint64_t *generation_out)
{
    bool found = false;
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&cache->lock);
    const struct slot *set = cache->sets[key[0]];
    *generation_out = cache->generation;
    for (int i = 0; i < WAYS && !found; i++) {
        if (set[i].until_ms > now && sodium_memcmp(set[i].key, key, CREDENTIAL_KEY_BYTES) == 0) {
            *out = set[i].answer;
            found = true;
        }
    }
    (*(found ? &cache->hits : &cache->misses))++;
    pthread_mutex_unlock(&cache->lock);
    return found;
}

bool credential_cache_known(struct credential_cache *cache, const unsigned char key[CREDENTIAL_KEY_BYTES],
                            struct cached_credential *out)
{
    bool known = false;
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&cache->lock);
    const struct slot *set = cache->sets[key[0]];
    for (int i = 0; i < WAYS && !known; i++) {
        if (set[i].known_until_ms > now && sodium_memcmp(set[i].key, key, CREDENTIAL_KEY_BYTES) == 0) {
            *out = set[i].answer;
            known = out->ok;
        }
    }
    pthread_mutex_unlock(&cache->lock);
    return known;
}

void credential_cache_put(struct credential_cache *cache, const unsigned char key[CREDENTIAL_KEY_BYTES],
                          const struct cached_credential *answer, int64_t for_ms, int64_t known_ms,
                          uint64_t generation)
{
    pthread_mutex_lock(&cache->lock);
    if (cache->generation == generation) {
        struct slot *set = cache->sets[key[0]], *slot = &set[0];
        for (int i = 1; i < WAYS; i++)
            if (set[i].until_ms < slot->until_ms)
                slot = &set[i];
        for (int i = 0; i < WAYS; i++) /* an existing entry is replaced */
            if (sodium_memcmp(set[i].key, key, CREDENTIAL_KEY_BYTES) == 0)
                slot = &set[i];
        memcpy(slot->key, key, CREDENTIAL_KEY_BYTES);
        slot->until_ms = clock_mono_ms() + for_ms;
        slot->known_until_ms = clock_mono_ms() + known_ms;
        slot->answer = *answer;
    }
    pthread_mutex_unlock(&cache->lock);
}

void credential_cache_forget_all(struct credential_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    cache->generation++;
    sodium_memzero(cache->sets, sizeof cache->sets);
    pthread_mutex_unlock(&cache->lock);
}

void credential_cache_figures(struct credential_cache *cache, uint64_t *hits_out, uint64_t *misses_out)
{
    pthread_mutex_lock(&cache->lock);
    *hits_out = cache->hits;
    *misses_out = cache->misses;
    pthread_mutex_unlock(&cache->lock);
}
