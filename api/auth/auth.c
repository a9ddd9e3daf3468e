#include "api/auth/auth.h"
#include "api/auth/credential_cache.h"
#include "api/auth/login_throttle.h"
#include "api/request/request_log.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include "schema/access/sessions.h"
#include "schema/access/tokens.h"
#include <stdatomic.h>
#include <stdlib.h>

#define KEEP_MS             (5 * 60 * 1000)
#define KEEP_REFUSED_MS     (10 * 1000)
#define KNOWN_MS            (24 * 60 * 60 * 1000) /* for auth_knows */
#define NAME_BURST          20   /* failures in a row without a wait, for a name from an address */
#define NAME_INTERVAL_MS    2000 /* after that, one per interval */
#define ADDRESS_BURST       100  /* the same for an address with any names: a proxy may serve many people */
#define ADDRESS_INTERVAL_MS 5000
#define HASH_WAIT_MS        300 /* for the only slot; a server thread has other clients */
#define HASH_WAITERS_MAX    2
#define SAME_WAIT_MS        2000 /* for the result for the same credential */
#define HEADER_MAX          (2 * (USER_NAME_MAX + USER_PASSWORD_MAX) + 16)
#define START_WAIT_MS       1000
#define LISTEN_WAIT_MS      300
#define LOOK_EVERY_MS       3000 /* how often to check that LISTEN is on the current schema's channel */
#define DIGEST_BYTES        CREDENTIAL_KEY_BYTES

_Static_assert(TOKEN_NAME_MAX <= USER_NAME_MAX, "a token's name is stored like a user's");

struct auth {
    struct db_gate *gate;
    char *url;
    unsigned char key[crypto_generichash_KEYBYTES];
    struct credential_cache *cache;
    struct login_throttle *by_name, *by_address;
    /* Argon2 needs tens of MiB: one runs at a time. */
    pthread_mutex_t lock;
    pthread_cond_t hashed;
    bool hashing;
    unsigned char hashing_digest[DIGEST_BYTES];
    int waiters;
    pthread_t listener;
    _Atomic bool listened;   /* or failed to */
    _Atomic bool reconnects; /* listen on a new connection */
    _Atomic bool stopping;
};

/* A check under way. */
struct attempt {
    struct auth_request *rq;
    struct auth_parts parts;
    unsigned char digest[DIGEST_BYTES]; /* of the credential */
    uint64_t generation;                /* of the cache, before any read */
    struct cached_credential answer;
    int64_t keep_ms;
};

/* ---- hashing, one at a time ---- */

/* False: no slot became free in time. Requests with the credential being checked wait for its result. Few others may wait, since
 * each holds a server thread. */
static bool begin_hashing(struct auth *auth, const unsigned char *digest)
{
    int64_t now = clock_mono_ms();
    bool in_time = true;
    pthread_mutex_lock(&auth->lock);
    while (auth->hashing && in_time) {
        bool same = memcmp(auth->hashing_digest, digest, DIGEST_BYTES) == 0;
        if (!same && auth->waiters >= HASH_WAITERS_MAX)
            break;
        auth->waiters += !same;
        in_time = cond_wait_until(&auth->hashed, &auth->lock, now + (same ? SAME_WAIT_MS : HASH_WAIT_MS));
        auth->waiters -= !same;
    }
    bool free_slot = !auth->hashing;
    if (free_slot) {
        memcpy(auth->hashing_digest, digest, DIGEST_BYTES);
        auth->hashing = true;
    }
    pthread_mutex_unlock(&auth->lock);
    return free_slot;
}

static void end_hashing(struct auth *auth)
{
    pthread_mutex_lock(&auth->lock);
    auth->hashing = false;
    pthread_cond_broadcast(&auth->hashed);
    pthread_mutex_unlock(&auth->lock);
}

/* The slow part, for the holder of the slot. Many requests may have one new credential at once: the first does the work for
 * all, so the result is cached before the slot is released. */
static void hash_once(struct auth *auth, struct attempt *t, const char *hash, bool found)
{
    struct cached_credential cache;
    uint64_t unused;
    if (credential_cache_find(auth->cache, t->digest, &cache, &unused)) {
        t->answer = cache;
        return;
    }
    t->answer.ok = user_password_matches(hash, t->parts.secret) && found;
    int64_t keep_ms = t->answer.ok ? KEEP_MS : KEEP_REFUSED_MS;
    credential_cache_put(auth->cache, t->digest, &t->answer, keep_ms, t->answer.ok ? KNOWN_MS : keep_ms,
                         t->generation);
}

/* ---- checking ---- */

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

static void put_name(struct cached_credential *answer, slice name)
{
    size_t n = name.len < sizeof answer->name ? name.len : sizeof answer->name - 1;
    if (n)
        memcpy(answer->name, name.ptr, n);
    answer->name[n] = '\0';
}

static enum auth_outcome verify_password(struct auth *auth, struct attempt *t, struct err *err)
{
    char *hash = t->answer.hash;
    bool found;
    struct db *db;
    if (!db_gate_acquire(auth->gate, &db, err))
        return AUTH_ERROR;
    bool asked = users_find(db, t->parts.name, &found, hash, &t->answer.read_only, err);
    if (!asked && err->code == ERR_DB_DOWN) /* an old connection: the same handle opens a new one */
        asked = users_find(db, t->parts.name, &found, hash, &t->answer.read_only, err);
    db_gate_release(auth->gate, db);
    if (!asked)
        return AUTH_ERROR;
    put_name(&t->answer, t->parts.name);
    if (!begin_hashing(auth, t->digest))
        return AUTH_BUSY;
    hash_once(auth, t, hash, found);
    end_hashing(auth);
    return t->answer.ok ? AUTH_OK : AUTH_WRONG;
}

/* The time of its use is optional: if it cannot be stored, as on a standby, the token is valid all the same. */
static bool ask_for_token(struct db *db, struct arena *a, const char *hash, struct secret_owner *out,
                          struct err *err)
{
    struct err unused = {0};
    if (!tokens_find(db, a, hash, out, err))
        return false;
    if (out->found && !tokens_used(db, out->id, &unused))
        log_debug("api.token_not_noted", L_STR("why", unused.text));
    return true;
}

/* For tokens and sessions, which end in left_ms. */
static enum auth_outcome keep_verdict(struct auth *auth, struct attempt *t, bool found, int64_t left_ms)
{
    int64_t keep_ms = !found ? KEEP_REFUSED_MS : left_ms < KEEP_MS ? left_ms : KEEP_MS;
    credential_cache_put(auth->cache, t->digest, &t->answer, keep_ms, found ? left_ms : KEEP_REFUSED_MS,
                         t->generation);
    return found ? AUTH_OK : AUTH_WRONG;
}

typedef bool find_secret(struct db *db, struct arena *a, const char *hash, struct secret_owner *out,
                         struct err *err);

static enum auth_outcome verify_secret(struct auth *auth, struct attempt *t, struct arena *a,
                                       const char *hash, find_secret *find, struct err *err)
{
    struct secret_owner owner;
    struct db *db;
    if (!db_gate_acquire(auth->gate, &db, err))
        return AUTH_ERROR;
    bool asked = find(db, a, hash, &owner, err);
    if (!asked && err->code == ERR_DB_DOWN) /* an old connection: the same handle opens a new one */
        asked = find(db, a, hash, &owner, err);
    db_gate_release(auth->gate, db);
    if (!asked)
        return AUTH_ERROR;
    int64_t left_ms = owner.expires_at_ms ? owner.expires_at_ms - clock_wall_ms() : KNOWN_MS;
    t->answer.ok = owner.found;
    t->answer.read_only = owner.read_only;
    put_name(&t->answer, owner.name);
    return keep_verdict(auth, t, owner.found, left_ms);
}

static enum auth_outcome verify_token(struct auth *auth, struct attempt *t, struct arena *a, struct err *err)
{
    char hash[TOKEN_HEX_SIZE];
    return token_hash(t->parts.secret, hash) ? verify_secret(auth, t, a, hash, ask_for_token, err)
                                             : AUTH_WRONG;
}

/* A wrong session is not counted as a failed login: 256 bits cannot be guessed, and browsers keep sending sessions that ended. */
static enum auth_outcome verify_session(struct auth *auth, struct attempt *t, struct arena *a,
                                        struct err *err)
{
    char hash[SESSION_HEX_SIZE];
    return session_hash(t->rq->session, hash) ? verify_secret(auth, t, a, hash, sessions_find, err)
                                              : AUTH_WRONG;
}

/* Whether there were too many failures for another try now. */
static bool must_wait(struct auth *auth, const unsigned char *source, const unsigned char *address,
                      int *retry_s_out)
{
    int by_name = login_throttle_wait_s(auth->by_name, source),
        by_address = login_throttle_wait_s(auth->by_address, address);
    *retry_s_out = by_name > by_address ? by_name : by_address;
    return *retry_s_out > 0;
}

static enum auth_outcome check_new(struct auth *auth, struct attempt *t, struct arena *a, int *retry_s_out,
                                   struct err *err)
{
    unsigned char source[DIGEST_BYTES], address[DIGEST_BYTES];
    slice client = slice_of(t->rq->client);
    digest_of(auth, 's', t->parts.name, client, source);
    digest_of(auth, 'a', SLICE(""), client, address);
    if (must_wait(auth, source, address, retry_s_out))
        return AUTH_TOO_OFTEN;
    enum auth_outcome outcome = t->rq->bearer ? verify_token(auth, t, a, err) : verify_password(auth, t, err);
    if (outcome == AUTH_WRONG) {
        login_throttle_count(auth->by_name, source);
        login_throttle_count(auth->by_address, address);
        log_warn("api.login_failed",
                 L_SLICE("user", t->rq->bearer ? SLICE("(token)") : request_log_user(t->parts.name)),
                 L_SLICE("client", client));
    }
    return outcome;
}

static enum auth_outcome check_session(struct auth *auth, struct auth_request *rq, struct arena *a,
                                       struct err *err)
{
    struct attempt t = {.rq = rq};
    enum auth_outcome outcome;
    digest_of(auth, 'k', SLICE(""), rq->session, t.digest);
    if (credential_cache_find(auth->cache, t.digest, &t.answer, &t.generation))
        outcome = t.answer.ok ? AUTH_OK : AUTH_WRONG;
    else
        outcome = verify_session(auth, &t, a, err);
    rq->name = slice_of(arena_strdup(a, t.answer.name));
    rq->read_only = t.answer.read_only;
    return outcome;
}

/* AUTH_WRONG: the user is gone, or has another hash than the one that was checked. */
static enum auth_outcome begin_session(struct auth *auth, const struct auth_request *rq, const char *token,
                                       struct err *err)
{
    struct db *db;
    bool there = false;
    if (!db_gate_acquire(auth->gate, &db, err))
        return AUTH_ERROR;
    bool added = sessions_add(db, slice_of(token), rq->name, rq->hash, &there, err);
    db_gate_release(auth->gate, db);
    return !added ? AUTH_ERROR : there ? AUTH_OK : AUTH_WRONG;
}

enum auth_outcome auth_sign_in(struct auth *auth, struct auth_request *rq, struct arena *a,
                               const char **token_out, int *retry_s_out, struct err *err)
{
    enum auth_outcome outcome = AUTH_WRONG;
    char *token = arena_alloc(a, SESSION_SIZE);
    session_make(token);
    *token_out = token;
    for (int i = 0; i < 2 && outcome == AUTH_WRONG; i++) {
        outcome = auth_check(auth, rq, a, retry_s_out, err);
        if (outcome != AUTH_OK)
            return outcome;
        outcome = begin_session(auth, rq, token, err);
        if (outcome == AUTH_WRONG) /* a change was missed: check again */
            credential_cache_forget_all(auth->cache);
    }
    return outcome;
}

bool auth_sign_out(struct auth *auth, slice session, struct db *db, struct err *err)
{
    bool was_there;
    if (!sessions_remove(db, session, &was_there, err))
        return false;
    if (was_there) /* anyone may send an invalid cookie */
        credential_cache_forget_all(auth->cache);
    return true;
}

enum auth_outcome auth_check(struct auth *auth, struct auth_request *rq, struct arena *a, int *retry_s_out,
                             struct err *err)
{
    struct attempt t = {.rq = rq};
    bool malformed;
    enum auth_outcome outcome;
    if (!rq->header.ptr && rq->session.ptr)
        return check_session(auth, rq, a, err);
    if (!auth_parse(rq->header, a, &t.parts, &malformed))
        return malformed ? AUTH_MALFORMED : AUTH_NONE;
    rq->bearer = t.parts.name.ptr == NULL;
    digest_of(auth, rq->bearer ? 'b' : 'c', t.parts.name, t.parts.secret, t.digest);
    if (credential_cache_find(auth->cache, t.digest, &t.answer, &t.generation))
        outcome = t.answer.ok ? AUTH_OK : AUTH_WRONG;
    else
        outcome = check_new(auth, &t, a, retry_s_out, err);
    rq->name = slice_of(arena_strdup(a, t.answer.name));
    rq->read_only = t.answer.read_only;
    rq->hash = slice_of(arena_strdup(a, t.answer.hash));
    if (!rq->bearer) /* our copy; the header itself belongs to the library */
        sodium_memzero((char *)t.parts.secret.ptr, t.parts.secret.len);
    return outcome;
}

bool auth_knows(struct auth *auth, struct auth_request *rq, struct arena *a)
{
    struct auth_parts parts;
    struct cached_credential answer;
    unsigned char digest[DIGEST_BYTES];
    bool malformed;
    if (!auth_parse(rq->header, a, &parts, &malformed))
        return false;
    rq->bearer = parts.name.ptr == NULL;
    digest_of(auth, rq->bearer ? 'b' : 'c', parts.name, parts.secret, digest);
    if (!rq->bearer)
        sodium_memzero((char *)parts.secret.ptr, parts.secret.len);
    if (!credential_cache_known(auth->cache, digest, &answer))
        return false;
    rq->name = slice_of(arena_strdup(a, answer.name));
    rq->read_only = answer.read_only;
    return true;
}

void auth_figures(struct auth *auth, uint64_t *hits_out, uint64_t *misses_out)
{
    credential_cache_figures(auth->cache, hits_out, misses_out);
}

/* ---- the header ---- */

static bool parse_basic(slice rest, struct arena *a, struct auth_parts *out)
{
    size_t n;
    if (rest.len == 0 || rest.len > HEADER_MAX)
        return false;
    char *text = arena_alloc(a, rest.len);
    while (rest.len && rest.ptr[rest.len - 1] == '=') /* padded or not */
        rest.len--;
    if (sodium_base642bin((unsigned char *)text, rest.len, rest.ptr, rest.len, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return false;
    ptrdiff_t colon = slice_find(slice_from(text, n), ':');
    if (colon < 0)
        return false;
    out->name = slice_from(text, (size_t)colon);
    out->secret = slice_from(text + colon + 1, n - (size_t)colon - 1);
    return true;
}

bool auth_parse(slice header, struct arena *a, struct auth_parts *out, bool *malformed_out)
{
    slice rest = slice_trim(header), scheme;
    *out = (struct auth_parts){0};
    *malformed_out = false;
    if (!slice_split(&rest, ' ', &scheme))
        return false;
    rest = slice_trim(rest);
    if (slice_eq_nocase(scheme, SLICE("basic")) && rest.ptr) {
        *malformed_out = !parse_basic(rest, a, out);
        return !*malformed_out;
    }
    if (!slice_eq_nocase(scheme, SLICE("bearer")) && !slice_eq_nocase(scheme, SLICE("token")))
        return false;
    out->secret = rest;
    return rest.len != 0;
}

/* ---- listening ---- */

static void pause_ms(struct auth *auth, int ms)
{
    for (int waited = 0; waited < ms && !auth->stopping; waited += 100)
        clock_sleep_ms(100);
}

/* Returns when the connection is lost or the channel has changed. False: the connection is lost, or the schema is gone. */
static bool wait_for_changes(struct auth *auth, struct db *db, struct err *err)
{
    const char *channel, *payload;
    bool up = true, same = true;
    int64_t looked_ms = clock_mono_ms();
    while (up && same && !auth->stopping && !auth->reconnects) {
        up = db_wait(db, LISTEN_WAIT_MS, NULL, 0, &channel, &payload, err);
        if (channel)
            credential_cache_forget_all(auth->cache);
        if (up && clock_mono_ms() - looked_ms >= LOOK_EVERY_MS) {
            up = db_still_listens(db, USERS_CHANNEL, &same, err);
            looked_ms = clock_mono_ms();
        }
    }
    return up;
}

/* A change may have been missed while the connection was down: clear the cache when it is back. Until then cached results stay valid for
 * their time, so that requests do not wait during an outage of the database. */
static void *listen_for_changes(void *arg)
{
    struct auth *auth = arg;
    while (!auth->stopping) {
        struct err err = {0};
        struct db *db = NULL;
        struct db_options options = {.url = auth->url, .application = "gitomatic api listener"};
        auth->reconnects = false;
        bool up = db_open(&options, &db, &err) && db_listen(db, USERS_CHANNEL, &err);
        if (up)
            credential_cache_forget_all(auth->cache);
        auth->listened = true;
        up = up && wait_for_changes(auth, db, &err);
        db_close(db);
        if (!up && !auth->stopping) {
            log_debug("api.listener_lost", L_STR("why", err.text));
            pause_ms(auth, 1000);
        }
    }
    return NULL;
}

void auth_listen_anew(struct auth *auth)
{
    auth->reconnects = true;
}

struct auth *auth_create(struct db_gate *gate, const char *url)
{
    struct auth *auth = xcalloc(1, sizeof *auth);
    if (sodium_init() < 0)
        abort();
    auth->gate = gate;
    auth->url = url ? xstrdup(url) : NULL;
    crypto_generichash_keygen(auth->key);
    auth->cache = credential_cache_create();
    auth->by_name = login_throttle_create(NAME_BURST, NAME_INTERVAL_MS);
    auth->by_address = login_throttle_create(ADDRESS_BURST, ADDRESS_INTERVAL_MS);
    pthread_mutex_init(&auth->lock, NULL);
    cond_init(&auth->hashed);
    thread_must_start(&auth->listener, listen_for_changes, auth);
    for (int waited = 0; waited < START_WAIT_MS && !auth->listened; waited += 5)
        clock_sleep_ms(5); /* earlier results would be dropped at once */
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
    login_throttle_destroy(auth->by_name);
    login_throttle_destroy(auth->by_address);
    credential_cache_destroy(auth->cache);
    free(auth->url);
    free(auth);
}
