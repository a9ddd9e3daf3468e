#include "mirror/upstream/access.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include <ctype.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define N_KNOWN 4096
#define DAY_MS  86400000

struct known {
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES];
    char login[64]; /* "": free */
    int64_t learned_ms;
};

struct access {
    const char *_Atomic users; /* NULL: everyone */
    pthread_mutex_t lock;
    struct known known[N_KNOWN];
};

struct access *access_create(const char *users)
{
    struct access *a = xcalloc(1, sizeof *a);
    access_set_users(a, users);
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

void access_set_users(struct access *a, const char *users)
{
    a->users = users && *users ? users : NULL;
}

void access_destroy(struct access *a)
{
    if (!a)
        return;
    pthread_mutex_destroy(&a->lock);
    free(a);
}

/* As the password, or as the name with the password that GitHub takes for none (x-oauth-basic or empty). */
static bool has_token_of_installation(slice encoded)
{
    char pair[512];
    size_t len = 0;
    if (sodium_base642bin((unsigned char *)pair, sizeof pair, encoded.ptr, encoded.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    ptrdiff_t colon = slice_find(slice_from(pair, len), ':');
    slice password = slice_from(pair + colon + 1, len - (size_t)(colon + 1));
    bool alone = !password.len || slice_eq(password, SLICE("x-oauth-basic"));
    bool is = colon >= 0 && slice_starts(alone ? slice_from(pair, len) : password, SLICE("ghs_"));
    sodium_memzero(pair, sizeof pair);
    return is;
}

/* "Bearer x": the scheme and the rest. */
static bool split_scheme(const char *authorization, slice *scheme_out, slice *rest_out)
{
    slice value = slice_trim(slice_of(authorization));
    ptrdiff_t space = slice_find(value, ' ');
    if (space < 0)
        return false;
    *scheme_out = slice_from(value.ptr, (size_t)space);
    *rest_out = slice_trim(slice_from(value.ptr + space, value.len - (size_t)space));
    return true;
}

bool access_is_installation(const char *authorization)
{
    slice scheme, rest;
    if (!split_scheme(authorization, &scheme, &rest))
        return false;
    if (slice_eq_nocase(scheme, SLICE("Basic")))
        return has_token_of_installation(rest);
    return slice_starts(rest, SLICE("ghs_"));
}

/* Three runs of base64url, of which the first begins a JSON object: RFC 7515 section 7.1. */
static bool is_jwt(slice token)
{
    int parts = 0;
    if (!slice_starts(token, SLICE("eyJ")))
        return false;
    for (slice part; slice_split(&token, '.', &part); parts++) {
        if (!part.len)
            return false;
        for (size_t i = 0; i < part.len; i++)
            if (!isalnum((unsigned char)part.ptr[i]) && !strchr("-_=", part.ptr[i]))
                return false;
    }
    return parts == 3;
}

static bool is_at_or_below(slice path, slice root)
{
    return slice_starts(path, root) && (path.len == root.len || path.ptr[root.len] == '/');
}

static bool takes_jwt(slice path)
{
    static const slice owners[] = {SLICE("/repos/"), SLICE("/orgs/"), SLICE("/users/"),
                                   SLICE("/enterprises/")};
    if (is_at_or_below(path, SLICE("/app")) || is_at_or_below(path, SLICE("/marketplace_listing")))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(owners); i++)
        if (slice_starts(path, owners[i]))
            return slice_ends(path, SLICE("/installation"));
    return false;
}

bool access_is_apps_path(const char *path)
{
    slice at = slice_from(path, strcspn(path, "?"));
    return takes_jwt(at) || slice_starts(at, SLICE("/applications/"));
}

static bool is_client_of(slice path, slice encoded)
{
    static const slice root = SLICE("/applications/");
    char pair[512];
    size_t len = 0;
    if (!slice_starts(path, root) ||
        sodium_base642bin((unsigned char *)pair, sizeof pair, encoded.ptr, encoded.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    slice id = slice_from(path.ptr + root.len, path.len - root.len);
    ptrdiff_t slash = slice_find(id, '/'), colon = slice_find(slice_from(pair, len), ':');
    if (slash >= 0)
        id.len = (size_t)slash;
    bool is = id.len && colon > 0 && slice_eq(id, slice_from(pair, (size_t)colon));
    sodium_memzero(pair, sizeof pair);
    return is;
}

bool access_is_app(const char *path, const char *authorization)
{
    slice scheme, rest, at = slice_from(path, strcspn(path, "?"));
    if (!split_scheme(authorization, &scheme, &rest))
        return false;
    if (slice_eq_nocase(scheme, SLICE("Bearer")))
        return takes_jwt(at) && is_jwt(rest);
    return slice_eq_nocase(scheme, SLICE("Basic")) && is_client_of(at, rest);
}

static bool is_listed(const char *users, const char *login)
{
    slice rest = slice_of(users), one;
    while (slice_split(&rest, ':', &one))
        if (slice_eq_nocase(slice_trim(one), slice_of(login)))
            return true;
    return false;
}

/* One slot per hash: a later credential replaces the earlier one, which is then read from the database again. */
static struct known *slot_of(struct access *a, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES])
{
    uint32_t hash;
    memcpy(&hash, credential_hash, sizeof hash);
    return &a->known[hash % N_KNOWN];
}

enum access_verdict access_check(struct access *a, const char *path, const char *authorization,
                                 const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                                 char login_out[64])
{
    const char *users = a->users;
    if (!users)
        return ACCESS_YES;
    if (!authorization)
        return ACCESS_NO_CREDENTIAL;
    if (access_is_installation(authorization) || access_is_app(path, authorization))
        return ACCESS_YES;
    pthread_mutex_lock(&a->lock);
    const struct known *k = slot_of(a, credential_hash);
    bool known = k->login[0] && memcmp(k->credential_hash, credential_hash, CREDENTIAL_HASH_BYTES) == 0 &&
                 clock_mono_ms() - k->learned_ms < DAY_MS;
    if (known)
        snprintf(login_out, 64, "%s", k->login);
    pthread_mutex_unlock(&a->lock);
    return !known ? ACCESS_UNKNOWN : is_listed(users, login_out) ? ACCESS_YES : ACCESS_NO;
}

void access_learn(struct access *a, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                  const char *login)
{
    pthread_mutex_lock(&a->lock);
    struct known *k = slot_of(a, credential_hash);
    memcpy(k->credential_hash, credential_hash, CREDENTIAL_HASH_BYTES);
    snprintf(k->login, sizeof k->login, "%s", login);
    k->learned_ms = clock_mono_ms();
    pthread_mutex_unlock(&a->lock);
}
