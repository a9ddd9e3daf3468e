#include "api/auth.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include "schema/users.h"
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define KEEP_MS         (5 * 60 * 1000)
#define KEEP_REFUSED_MS (10 * 1000)
#define KEPT_SETS       256
#define KEPT_WAYS       4 /* 1,024 credentials; a set evicts what ends first */
#define FAILURE_SLOTS   1024
#define FAILURE_BURST   20   /* wrong tries in a row that cost no wait */
#define FAILURE_EACH_MS 2000 /* after that, one in so long */
#define HASHES_AT_ONCE  2    /* 64 MiB each */
#define HASH_WAIT_MS    100  /* for one of them; a server thread has other clients */
#define SAME_WAIT_MS    2000 /* for the answer about the very same credential */
#define HEADER_MAX      (2 * (USER_NAME_MAX + USER_PASSWORD_MAX) + 16)
#define START_WAIT_MS   1000
#define DIGEST_BYTES    crypto_generichash_BYTES

struct kept {
    unsigned char digest[DIGEST_BYTES];
    int64_t until_ms; /* mono; 0: empty */
    bool ok, read_only;
};

struct failures {
    unsigned char digest[DIGEST_BYTES];
    int64_t clear_at_ms; /* mono: when the last of them is forgiven */
};

struct auth {
    struct gate *gate;
    char *url;
    unsigned char key[crypto_generichash_KEYBYTES];
    pthread_mutex_t lock;
    uint64_t generation; /* counts changes of users */
    struct kept kept[KEPT_SETS][KEPT_WAYS];
    struct failures failures[FAILURE_SLOTS];
    pthread_cond_t hashed;
    struct {
        unsigned char digest[DIGEST_BYTES];
        bool used;
    } hashing[HASHES_AT_ONCE]; /* what is being checked now */
    pthread_t listener;
    _Atomic bool listened; /* tried to, at least */
    _Atomic bool stopping;
};

/* ---- what is kept ---- */

static void forget_all(struct auth *auth)
{
    pthread_mutex_lock(&auth->lock);
    auth->generation++;
    sodium_memzero(auth->kept, sizeof auth->kept);
    pthread_mutex_unlock(&auth->lock);
}

static struct kept *set_of(struct auth *auth, const unsigned char *digest)
{
    return auth->kept[digest[0] % KEPT_SETS];
}

static bool recall(struct auth *auth, const unsigned char *digest, struct kept *out, uint64_t *generation_out)
{
    bool found = false;
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&auth->lock);
    struct kept *set = set_of(auth, digest);
    *generation_out = auth->generation;
    for (int i = 0; i < KEPT_WAYS && !found; i++) {
        if (set[i].until_ms > now && sodium_memcmp(set[i].digest, digest, DIGEST_BYTES) == 0) {
            *out = set[i];
            found = true;
        }
    }
    pthread_mutex_unlock(&auth->lock);
    return found;
}

/* Not kept when a user has changed since `generation`: the check may have read the old row. */
static void keep(struct auth *auth, const unsigned char *digest, bool ok, bool read_only, uint64_t generation)
{
    pthread_mutex_lock(&auth->lock);
    if (auth->generation == generation) {
        struct kept *set = set_of(auth, digest), *place = &set[0];
        for (int i = 1; i < KEPT_WAYS; i++)
            if (set[i].until_ms < place->until_ms)
                place = &set[i];
        memcpy(place->digest, digest, DIGEST_BYTES);
        place->until_ms = clock_mono_ms() + (ok ? KEEP_MS : KEEP_REFUSED_MS);
        place->ok = ok;
        place->read_only = read_only;
    }
    pthread_mutex_unlock(&auth->lock);
}

/* ---- failures by name and address: a bucket that leaks one each FAILURE_EACH_MS ---- */

static struct failures *failures_of(struct auth *auth, const unsigned char *digest)
{
    return &auth->failures[(digest[0] | digest[1] << 8) % FAILURE_SLOTS];
}

static int wait_s(struct auth *auth, const unsigned char *digest)
{
    int64_t now = clock_mono_ms(), over = 0;
    pthread_mutex_lock(&auth->lock);
    struct failures *f = failures_of(auth, digest);
    if (memcmp(f->digest, digest, DIGEST_BYTES) == 0)
        over = f->clear_at_ms - now - (int64_t)(FAILURE_BURST - 1) * FAILURE_EACH_MS;
    pthread_mutex_unlock(&auth->lock);
    return over > 0 ? (int)((over + 999) / 1000) : 0;
}

static void count_failure(struct auth *auth, const unsigned char *digest)
{
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&auth->lock);
    struct failures *f = failures_of(auth, digest);
    if (memcmp(f->digest, digest, DIGEST_BYTES) != 0 || f->clear_at_ms < now) {
        memcpy(f->digest, digest, DIGEST_BYTES);
        f->clear_at_ms = now;
    }
    f->clear_at_ms += FAILURE_EACH_MS;
    pthread_mutex_unlock(&auth->lock);
}

/* ---- checking ---- */

static struct timespec in_ms(int64_t ms)
{
    int64_t at = clock_mono_ms() + ms;
    return (struct timespec){.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
}

/* A place among those being checked: its number; -1 when there is none in time. Whoever brings a credential that is being
 * checked already waits for that answer. */
static int begin_hashing(struct auth *auth, const unsigned char *digest)
{
    struct timespec until = in_ms(HASH_WAIT_MS), same_until = in_ms(SAME_WAIT_MS);
    int place;
    pthread_mutex_lock(&auth->lock);
    for (bool waited = true; waited;) {
        bool same = false;
        place = -1;
        for (int i = 0; i < HASHES_AT_ONCE; i++) {
            same |= auth->hashing[i].used && memcmp(auth->hashing[i].digest, digest, DIGEST_BYTES) == 0;
            if (!auth->hashing[i].used)
                place = i;
        }
        if (same)
            place = -1;
        waited =
            place < 0 && pthread_cond_timedwait(&auth->hashed, &auth->lock, same ? &same_until : &until) == 0;
    }
    if (place >= 0) {
        memcpy(auth->hashing[place].digest, digest, DIGEST_BYTES);
        auth->hashing[place].used = true;
    }
    pthread_mutex_unlock(&auth->lock);
    return place;
}

static void end_hashing(struct auth *auth, int place)
{
    pthread_mutex_lock(&auth->lock);
    auth->hashing[place].used = false;
    pthread_cond_broadcast(&auth->hashed);
    pthread_mutex_unlock(&auth->lock);
}

static void digest_of(const struct auth *auth, char kind, slice first, slice second,
                      unsigned char out[DIGEST_BYTES])
{
    crypto_generichash_state state;
    uint64_t length = first.len;
    crypto_generichash_init(&state, auth->key, sizeof auth->key, DIGEST_BYTES);
    crypto_generichash_update(&state, (const unsigned char *)&kind, 1);
    crypto_generichash_update(&state, (const unsigned char *)&length, sizeof length);
    crypto_generichash_update(&state, (const unsigned char *)first.ptr, first.len);
    crypto_generichash_update(&state, (const unsigned char *)second.ptr, second.len);
    crypto_generichash_final(&state, out, DIGEST_BYTES);
}

/* The slow part, for those who have a place. Many requests may bring one new credential at once: the first does the work
 * for all, so it is kept before the place is given up. */
static bool hash_once(struct auth *auth, const unsigned char *digest, slice password, const char *hash,
                      bool found, bool read_only, uint64_t generation)
{
    struct kept kept;
    uint64_t unused;
    if (recall(auth, digest, &kept, &unused))
        return kept.ok;
    bool ok = user_password_matches(hash, password) && found;
    keep(auth, digest, ok, read_only, generation);
    return ok;
}

/* Asks the database and runs Argon2. generation: as it was before. */
static enum auth_outcome verify(struct auth *auth, const unsigned char *digest, slice name, slice password,
                                uint64_t generation, bool *read_only_out, struct err *err)
{
    char hash[USER_HASH_SIZE];
    bool found;
    struct db *db;
    if (!gate_acquire(auth->gate, &db, err))
        return AUTH_ERROR;
    bool asked = users_find(db, name, &found, hash, read_only_out, err);
    if (!asked && err->code == ERR_DB_DOWN) /* an old connection: the same handle makes a new one */
        asked = users_find(db, name, &found, hash, read_only_out, err);
    gate_release(auth->gate, db);
    if (!asked)
        return AUTH_ERROR;
    int place = begin_hashing(auth, digest);
    if (place < 0)
        return AUTH_BUSY;
    bool ok = hash_once(auth, digest, password, hash, found, *read_only_out, generation);
    end_hashing(auth, place);
    return ok ? AUTH_OK : AUTH_WRONG;
}

static enum auth_outcome check(struct auth *auth, slice name, slice password, const char *client,
                               bool *read_only_out, int *retry_s_out, struct err *err)
{
    unsigned char credential[DIGEST_BYTES], source[DIGEST_BYTES];
    struct kept kept;
    uint64_t generation;
    digest_of(auth, 'c', name, password, credential);
    digest_of(auth, 's', name, slice_of(client), source);
    if (recall(auth, credential, &kept, &generation)) {
        *read_only_out = kept.read_only;
        return kept.ok ? AUTH_OK : AUTH_WRONG;
    }
    *retry_s_out = wait_s(auth, source);
    if (*retry_s_out)
        return AUTH_TOO_OFTEN;
    enum auth_outcome outcome = verify(auth, credential, name, password, generation, read_only_out, err);
    if (outcome == AUTH_WRONG) {
        count_failure(auth, source);
        log_warn("api.login_failed", L_SLICE("user", name), L_STR("client", client));
    }
    return outcome;
}

enum auth_outcome auth_check(struct auth *auth, slice header, const char *client, struct arena *a,
                             slice *name_out, bool *read_only_out, int *retry_s_out, struct err *err)
{
    slice rest = slice_trim(header), scheme;
    if (!slice_split(&rest, ' ', &scheme) || !slice_eq_nocase(scheme, SLICE("basic")))
        return AUTH_NONE;
    rest = slice_trim(rest);
    if (rest.len == 0 || rest.len > HEADER_MAX)
        return AUTH_MALFORMED;
    size_t n;
    char *text = arena_alloc(a, rest.len);
    while (rest.len && rest.ptr[rest.len - 1] == '=') /* padded or not */
        rest.len--;
    if (sodium_base642bin((unsigned char *)text, rest.len, rest.ptr, rest.len, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return AUTH_MALFORMED;
    ptrdiff_t colon = slice_find(slice_from(text, n), ':');
    if (colon < 0)
        return AUTH_MALFORMED;
    *name_out = slice_from(text, (size_t)colon);
    slice password = slice_from(text + colon + 1, n - (size_t)colon - 1);
    enum auth_outcome outcome = check(auth, *name_out, password, client, read_only_out, retry_s_out, err);
    sodium_memzero(text + colon + 1, password.len);
    return outcome;
}

/* ---- listening ---- */

static void pause_ms(struct auth *auth, int ms)
{
    for (int waited = 0; waited < ms && !auth->stopping; waited += 100)
        clock_sleep_ms(100);
}

/* A change may have been missed while the line was cut: forget once it is up again. Until then what is kept goes on to
 * count for its time, so that an outage of the database does not make every request a wait for it. */
static void *listen_for_changes(void *arg)
{
    struct auth *auth = arg;
    while (!auth->stopping) {
        struct err err = {0};
        struct db *db = NULL;
        const char *channel, *payload;
        struct db_options options = {.url = auth->url, .application = "gitomatic api listener"};
        bool up = db_open(&options, &db, &err) && db_listen(db, USERS_CHANNEL, &err);
        forget_all(auth);
        auth->listened = true;
        while (up && !auth->stopping) {
            up = db_wait(db, 300, NULL, 0, &channel, &payload, &err);
            if (channel)
                forget_all(auth);
        }
        db_close(db);
        if (!up && !auth->stopping) {
            log_debug("api.listener_lost", L_STR("why", err.text));
            pause_ms(auth, 1000);
        }
    }
    return NULL;
}

struct auth *auth_create(struct gate *gate, const char *url)
{
    struct auth *auth = calloc(1, sizeof *auth);
    if (!auth || sodium_init() < 0)
        abort();
    auth->gate = gate;
    auth->url = url ? strdup(url) : NULL;
    crypto_generichash_keygen(auth->key);
    pthread_mutex_init(&auth->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&auth->hashed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&auth->listener, NULL, listen_for_changes, auth) != 0)
        abort();
    for (int waited = 0; waited < START_WAIT_MS && !auth->listened; waited += 5)
        clock_sleep_ms(5); /* what is verified before would be forgotten at once */
    return auth;
}

void auth_destroy(struct auth *auth)
{
    if (!auth)
        return;
    auth->stopping = true;
    pthread_join(auth->listener, NULL);
    pthread_cond_destroy(&auth->hashed);
    pthread_mutex_destroy(&auth->lock);
    sodium_memzero(auth->kept, sizeof auth->kept);
    free(auth->url);
    free(auth);
}
