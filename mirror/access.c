#include "mirror/access.h"
#include "core/base/clock.h"
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define N_KNOWN 4096
#define DAY_MS  86400000

struct known {
    unsigned char scope[SCOPE_BYTES];
    char login[64]; /* "": free */
    int64_t learned_ms;
};

struct access {
    char *users; /* NULL: everybody */
    pthread_mutex_t lock;
    struct known known[N_KNOWN];
};

struct access *access_create(const char *users)
{
    struct access *a = calloc(1, sizeof *a);
    if (!a || (users && *users && !(a->users = strdup(users))))
        abort();
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

void access_destroy(struct access *a)
{
    if (!a)
        return;
    pthread_mutex_destroy(&a->lock);
    free(a->users);
    free(a);
}

static bool has_password_of_installation(slice encoded)
{
    char pair[512];
    size_t len = 0;
    if (sodium_base642bin((unsigned char *)pair, sizeof pair, encoded.ptr, encoded.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    ptrdiff_t colon = slice_find(slice_from(pair, len), ':');
    bool is =
        colon >= 0 && slice_starts(slice_from(pair + colon + 1, len - (size_t)colon - 1), SLICE("ghs_"));
    sodium_memzero(pair, sizeof pair);
    return is;
}

bool access_is_installation(const char *authorization)
{
    slice value = slice_of(authorization);
    ptrdiff_t space = slice_find(value, ' ');
    if (space < 0)
        return false;
    slice scheme = slice_from(value.ptr, (size_t)space);
    slice rest = slice_trim(slice_from(value.ptr + space, value.len - (size_t)space));
    if (slice_eq_nocase(scheme, SLICE("Basic")))
        return has_password_of_installation(rest);
    return slice_starts(rest, SLICE("ghs_"));
}

static bool is_listed(const char *users, const char *login)
{
    slice rest = slice_of(users), one;
    while (slice_split(&rest, ':', &one))
        if (slice_eq_nocase(slice_trim(one), slice_of(login)))
            return true;
    return false;
}

/* One place a scope: who comes later takes it, and the other is asked for again, from the database. */
static struct known *place_of(struct access *a, const unsigned char scope[SCOPE_BYTES])
{
    uint32_t hash;
    memcpy(&hash, scope, sizeof hash);
    return &a->known[hash % N_KNOWN];
}

enum access_verdict access_check(struct access *a, const char *authorization,
                                 const unsigned char scope[SCOPE_BYTES], char login_out[64])
{
    if (!a->users)
        return ACCESS_YES;
    if (!authorization)
        return ACCESS_NO_CREDENTIAL;
    if (access_is_installation(authorization))
        return ACCESS_YES;
    pthread_mutex_lock(&a->lock);
    const struct known *k = place_of(a, scope);
    bool known =
        k->login[0] && memcmp(k->scope, scope, SCOPE_BYTES) == 0 && clock_mono_ms() - k->learned_ms < DAY_MS;
    if (known)
        snprintf(login_out, 64, "%s", k->login);
    pthread_mutex_unlock(&a->lock);
    return !known ? ACCESS_UNKNOWN : is_listed(a->users, login_out) ? ACCESS_YES : ACCESS_NO;
}

void access_learn(struct access *a, const unsigned char scope[SCOPE_BYTES], const char *login)
{
    pthread_mutex_lock(&a->lock);
    struct known *k = place_of(a, scope);
    memcpy(k->scope, scope, SCOPE_BYTES);
    snprintf(k->login, sizeof k->login, "%s", login);
    k->learned_ms = clock_mono_ms();
    pthread_mutex_unlock(&a->lock);
}
