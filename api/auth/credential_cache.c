#include "api/auth/credential_cache.h"
#include "core/base/clock.h"
#include <pthread.h>
#include <stdlib.h>

#define SETS 256
#define WAYS 4 /* 1,024 credentials; a set gives up what ends first */

struct place {
    unsigned char key[KEPT_KEY_BYTES];
    int64_t until_ms, known_until_ms; /* mono; 0: empty */
    struct kept_answer answer;
};

struct kept {
    pthread_mutex_t lock;
    uint64_t generation; /* how often everything was forgotten */
    uint64_t hits, misses;
    struct place sets[SETS][WAYS];
};

struct kept *kept_create(void)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (!kept)
        abort();
    pthread_mutex_init(&kept->lock, NULL);
    return kept;
}

void kept_destroy(struct kept *kept)
{
    if (!kept)
        return;
    pthread_mutex_destroy(&kept->lock);
    sodium_memzero(kept, sizeof *kept);
    free(kept);
}

bool kept_find(struct kept *kept, const unsigned char key[KEPT_KEY_BYTES], struct kept_answer *out,
               uint64_t *generation_out)
{
    bool found = false;
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&kept->lock);
    const struct place *set = kept->sets[key[0]];
    *generation_out = kept->generation;
    for (int i = 0; i < WAYS && !found; i++) {
        if (set[i].until_ms > now && sodium_memcmp(set[i].key, key, KEPT_KEY_BYTES) == 0) {
            *out = set[i].answer;
            found = true;
        }
    }
    (*(found ? &kept->hits : &kept->misses))++;
    pthread_mutex_unlock(&kept->lock);
    return found;
}

bool kept_known(struct kept *kept, const unsigned char key[KEPT_KEY_BYTES], struct kept_answer *out)
{
    bool known = false;
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&kept->lock);
    const struct place *set = kept->sets[key[0]];
    for (int i = 0; i < WAYS && !known; i++) {
        if (set[i].known_until_ms > now && sodium_memcmp(set[i].key, key, KEPT_KEY_BYTES) == 0) {
            *out = set[i].answer;
            known = out->ok;
        }
    }
    pthread_mutex_unlock(&kept->lock);
    return known;
}

void kept_put(struct kept *kept, const unsigned char key[KEPT_KEY_BYTES], const struct kept_answer *answer,
              int64_t for_ms, int64_t known_ms, uint64_t generation)
{
    pthread_mutex_lock(&kept->lock);
    if (kept->generation == generation) {
        struct place *set = kept->sets[key[0]], *place = &set[0];
        for (int i = 1; i < WAYS; i++)
            if (set[i].until_ms < place->until_ms)
                place = &set[i];
        for (int i = 0; i < WAYS; i++) /* one that is checked again stays one */
            if (sodium_memcmp(set[i].key, key, KEPT_KEY_BYTES) == 0)
                place = &set[i];
        memcpy(place->key, key, KEPT_KEY_BYTES);
        place->until_ms = clock_mono_ms() + for_ms;
        place->known_until_ms = clock_mono_ms() + known_ms;
        place->answer = *answer;
    }
    pthread_mutex_unlock(&kept->lock);
}

void kept_forget_all(struct kept *kept)
{
    pthread_mutex_lock(&kept->lock);
    kept->generation++;
    sodium_memzero(kept->sets, sizeof kept->sets);
    pthread_mutex_unlock(&kept->lock);
}

void kept_figures(struct kept *kept, uint64_t *hits_out, uint64_t *misses_out)
{
    pthread_mutex_lock(&kept->lock);
    *hits_out = kept->hits;
    *misses_out = kept->misses;
    pthread_mutex_unlock(&kept->lock);
}
