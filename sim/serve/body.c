/* body.c: the store of rendered bodies: a chained hash table and a list by last use, under one mutex.
 *
 * Hashing and compressing are done outside the mutex; if two threads do the same work at once, the second result is dropped. */
#include "sim/serve/body.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <zlib.h>

#define N_CHAINS  16384
#define MAX_ETAGS 8 /* per body: one for each spelling of Accept and Authorization in use */

struct etag {
    struct etag *next;
    unsigned char who[16]; /* hash of the two headers */
    char hex[65];
};

struct bodies {
    pthread_mutex_t lock;
    size_t bytes, max_bytes;
    struct body *chains[N_CHAINS];
    struct body *newest, *oldest;
};

struct bodies *bodies_create(size_t max_bytes)
{
    struct bodies *s = xalloc(sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    s->max_bytes = max_bytes;
    return s;
}

struct body *body_create(struct buf *text)
{
    struct body *body = xalloc(sizeof *body);
    body->text = *text;
    body->refs = 1;
    *text = (struct buf){0};
    return body;
}

static void destroy(struct body *body)
{
    while (body->etags) {
        struct etag *next = body->etags->next;
        free(body->etags);
        body->etags = next;
    }
    buf_finish(&body->text);
    buf_finish(&body->gzip);
    free(body->link);
    free(body->key);
    free(body);
}

static void drop_ref(struct body *body)
{
    if (--body->refs == 0)
        destroy(body);
}

void body_release(struct bodies *s, struct body *body)
{
    if (!body)
        return;
    pthread_mutex_lock(&s->lock);
    drop_ref(body);
    pthread_mutex_unlock(&s->lock);
}

static size_t weight(const struct body *body)
{
    return body->text.cap + body->gzip.cap + 512;
}

static void list_remove(struct bodies *s, struct body *body)
{
    *(body->newer ? &body->newer->older : &s->newest) = body->older;
    *(body->older ? &body->older->newer : &s->oldest) = body->newer;
    body->newer = body->older = NULL;
}

static void list_push(struct bodies *s, struct body *body)
{
    body->older = s->newest;
    *(s->newest ? &s->newest->newer : &s->oldest) = body;
    s->newest = body;
}

static void forget(struct bodies *s, struct body *body)
{
    struct body **at = &s->chains[body->hash % N_CHAINS];
    while (*at != body)
        at = &(*at)->chain;
    *at = body->chain;
    list_remove(s, body);
    s->bytes -= weight(body);
    free(body->key);
    body->key = NULL;
    drop_ref(body);
}

void bodies_destroy(struct bodies *s)
{
    if (!s)
        return;
    while (s->newest)
        forget(s, s->newest);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static uint64_t hash_key(const char *key)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *key; key++)
        h = (h ^ (uint64_t)(unsigned char)*key) * 0x100000001b3u;
    return h ^ h >> 31;
}

static struct body *find(struct bodies *s, const char *key, uint64_t hash)
{
    struct body *body = s->chains[hash % N_CHAINS];
    while (body && (body->hash != hash || strcmp(body->key, key) != 0))
        body = body->chain;
    return body;
}

struct body *bodies_get(struct bodies *s, const char *key, uint64_t generation)
{
    uint64_t hash = hash_key(key);
    pthread_mutex_lock(&s->lock);
    struct body *body = find(s, key, hash);
    if (body && body->generation != generation) {
        forget(s, body);
        body = NULL;
    }
    if (body) {
        body->refs++;
        list_remove(s, body);
        list_push(s, body);
    }
    pthread_mutex_unlock(&s->lock);
    return body;
}

void bodies_put(struct bodies *s, struct body *body, const char *key, uint64_t generation)
{
    uint64_t hash = hash_key(key);
    pthread_mutex_lock(&s->lock);
    struct body *old = find(s, key, hash);
    if (old)
        forget(s, old);
    body->key = xstrdup(key);
    body->hash = hash;
    body->generation = generation;
    body->refs++;
    body->chain = s->chains[hash % N_CHAINS];
    s->chains[hash % N_CHAINS] = body;
    list_push(s, body);
    s->bytes += weight(body);
    while (s->bytes > s->max_bytes && s->oldest)
        forget(s, s->oldest);
    pthread_mutex_unlock(&s->lock);
}

static void hash_part(crypto_hash_sha256_state *state, const char *part)
{
    if (!part)
        return;
    crypto_hash_sha256_update(state, (const unsigned char *)part, strlen(part));
    crypto_hash_sha256_update(state, (const unsigned char *)":", 1);
}

static void who_asks(unsigned char out[16], const char *accept, const char *authorization)
{
    unsigned char sum[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    hash_part(&state, accept);
    crypto_hash_sha256_update(&state, (const unsigned char *)"\n", 1);
    hash_part(&state, authorization);
    crypto_hash_sha256_final(&state, sum);
    memcpy(out, sum, 16);
}

static bool known_etag(struct bodies *s, struct body *body, const unsigned char who[16], char out[65])
{
    pthread_mutex_lock(&s->lock);
    const struct etag *e = body->etags;
    while (e && memcmp(e->who, who, 16) != 0)
        e = e->next;
    if (e)
        memcpy(out, e->hex, 65);
    pthread_mutex_unlock(&s->lock);
    return e != NULL;
}

static void remember_etag(struct bodies *s, struct body *body, const unsigned char who[16],
                          const char hex[65])
{
    struct etag *e = xalloc(sizeof *e);
    memcpy(e->who, who, 16);
    memcpy(e->hex, hex, 65);
    pthread_mutex_lock(&s->lock);
    e->next = body->etags;
    body->etags = e;
    struct etag **last = &body->etags;
    for (int i = 0; i < MAX_ETAGS && *last; i++)
        last = &(*last)->next;
    free(*last);
    *last = NULL;
    pthread_mutex_unlock(&s->lock);
}

void body_etag(struct bodies *s, struct body *body, const char *accept, const char *authorization,
               char out[65])
{
    unsigned char who[16], sum[crypto_hash_sha256_BYTES];
    who_asks(who, accept, authorization);
    if (known_etag(s, body, who, out))
        return;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    hash_part(&state, accept);
    hash_part(&state, authorization);
    crypto_hash_sha256_update(&state, (const unsigned char *)body->text.data, body->text.len);
    crypto_hash_sha256_final(&state, sum);
    sodium_bin2hex(out, 65, sum, sizeof sum);
    remember_etag(s, body, who, out);
}

static struct buf compress_text(const struct buf *text)
{
    z_stream z = {0};
    struct buf out = {0};
    if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    uLong bound = deflateBound(&z, text->len);
    buf_reserve(&out, bound);
    z.next_in = (Bytef *)text->data;
    z.avail_in = (uInt)text->len;
    z.next_out = (Bytef *)out.data;
    z.avail_out = (uInt)bound;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    out.len = z.total_out;
    deflateEnd(&z);
    out.cap = out.len + 1;
    out.data = xrealloc(out.data, out.cap);
    return out;
}

const struct buf *body_gzip(struct bodies *s, struct body *body)
{
    pthread_mutex_lock(&s->lock);
    bool done = body->gzip.data != NULL;
    pthread_mutex_unlock(&s->lock);
    if (done)
        return &body->gzip;
    struct buf packed = compress_text(&body->text);
    pthread_mutex_lock(&s->lock);
    if (!body->gzip.data) {
        body->gzip = packed;
        packed = (struct buf){0};
        if (body->key)
            s->bytes += body->gzip.cap;
    }
    pthread_mutex_unlock(&s->lock);
    buf_finish(&packed);
    return &body->gzip;
}
