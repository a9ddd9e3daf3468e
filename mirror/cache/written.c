#include "mirror/cache/written.h"
#include "core/base/memory.h"
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define N_SETS          1024
#define N_WAYS          4
#define MAX_TOKEN_BYTES 1024

struct entry {
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES];
    int64_t at_ms; /* 0: free */
};

struct written {
    pthread_mutex_t lock;
    _Atomic bool any; /* false: lookups need not take the lock */
    int64_t everybody_ms;
    struct entry sets[N_SETS][N_WAYS];
};

const unsigned char everybody[CREDENTIAL_HASH_BYTES] = {255, 255, 255, 255, 255, 255, 255, 255,
                                                        255, 255, 255, 255, 255, 255, 255, 255};

struct written *written_create(void)
{
    struct written *w = xcalloc(1, sizeof *w);
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

void written_destroy(struct written *w)
{
    if (!w)
        return;
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static struct entry *set_of(struct written *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES])
{
    uint32_t hash; /* the credential hash is one already */
    memcpy(&hash, credential_hash, sizeof hash);
    return w->sets[hash % N_SETS];
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The entry of the credential, or else the oldest of its set. */
static struct entry *slot_of(struct written *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES])
{
    struct entry *set = set_of(w, credential_hash), *oldest = set;
    for (int i = 0; i < N_WAYS; i++) {
        if (set[i].at_ms && memcmp(set[i].credential_hash, credential_hash, CREDENTIAL_HASH_BYTES) == 0)
            return &set[i];
        if (set[i].at_ms < oldest->at_ms)
            oldest = &set[i];
    }
    return oldest;
}

void written_note(struct written *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                  int64_t at_ms)
{
    pthread_mutex_lock(&w->lock);
    atomic_store(&w->any, true);
    if (memcmp(credential_hash, everybody, CREDENTIAL_HASH_BYTES) == 0) {
        w->everybody_ms = later(w->everybody_ms + 1, at_ms);
    } else {
        struct entry *e = slot_of(w, credential_hash);
        if (memcmp(e->credential_hash, credential_hash, CREDENTIAL_HASH_BYTES) != 0) {
            w->everybody_ms = later(w->everybody_ms, e->at_ms);
            e->at_ms = 0;
            memcpy(e->credential_hash, credential_hash, CREDENTIAL_HASH_BYTES);
        }
        e->at_ms = later(e->at_ms + 1, at_ms);
    }
    pthread_mutex_unlock(&w->lock);
}

int64_t written_at_ms(struct written *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES])
{
    if (!atomic_load_explicit(&w->any, memory_order_acquire))
        return 0;
    pthread_mutex_lock(&w->lock);
    int64_t at_ms = w->everybody_ms;
    const struct entry *set = set_of(w, credential_hash);
    for (int i = 0; i < N_WAYS; i++)
        if (set[i].at_ms && memcmp(set[i].credential_hash, credential_hash, CREDENTIAL_HASH_BYTES) == 0)
            at_ms = later(at_ms, set[i].at_ms);
    pthread_mutex_unlock(&w->lock);
    return at_ms;
}

/* ---- forms of a token ---- */

/* The token of "Bearer T", "token T" or Basic's "user:T" ("T:" where the password is empty or GitHub's x-oauth-basic). */
static bool token_of(const char *authorization, char out[MAX_TOKEN_BYTES])
{
    slice value = slice_trim(slice_of(authorization));
    ptrdiff_t space = slice_find(value, ' ');
    if (space < 0)
        return false;
    slice scheme = slice_from(value.ptr, (size_t)space);
    slice rest = slice_trim(slice_from(value.ptr + space, value.len - (size_t)space));
    size_t len = 0;
    if (!slice_eq_nocase(scheme, SLICE("Basic"))) {
        if (rest.len >= MAX_TOKEN_BYTES)
            return false;
        memcpy(out, rest.ptr, rest.len);
        out[rest.len] = '\0';
        return rest.len > 0;
    }
    if (sodium_base642bin((unsigned char *)out, MAX_TOKEN_BYTES - 1, rest.ptr, rest.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    out[len] = '\0';
    char *colon = strchr(out, ':');
    if (!colon)
        return false;
    *colon++ = '\0';
    if (*colon && strcmp(colon, "x-oauth-basic") != 0)
        memmove(out, colon, strlen(colon) + 1);
    return *out != '\0';
}

void writer_hash_of(const struct secret *secret, const char *identity,
                    const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                    unsigned char out[CREDENTIAL_HASH_BYTES])
{
    char token[MAX_TOKEN_BYTES], bearer[MAX_TOKEN_BYTES + 16];
    memcpy(out, credential_hash, CREDENTIAL_HASH_BYTES);
    if (!identity || (strncmp(identity, "Bearer ", 7) == 0 && !is_blank(identity[7])) ||
        !token_of(identity, token))
        return;
    snprintf(bearer, sizeof bearer, "Bearer %s", token);
    credential_hash_of(secret, bearer, out);
    sodium_memzero(token, sizeof token);
    sodium_memzero(bearer, sizeof bearer);
}
