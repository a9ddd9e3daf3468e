/* Happy path: due → lock → read the log → post → move the position → again, until the log is read.
 * Failure modes: the receiver fails: the position stays, and the delivery is due again after a pause. This process dies, or loses the
 * database: its session ends, and the lock with it; the next process repeats deliveries that were not confirmed. */
#include "api/push/deliver.h"
#include "api/resources/events.h"
#include "api/resources/render.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/base/rnd.h"
#include "core/log/log.h"
#include "outbound/post.h"
#include "schema/graph/webhooks.h"
#include <sodium.h>
#include <stdlib.h>

#define N_THREADS      3 /* a slow receiver holds one */
#define POLL_MS        500
#define AWAY_MS        2000
#define IDLE_MS        2000
#define FIRST_PAUSE_MS 1000
#define MAX_PAUSE_MS   (3600 * 1000)
#define MAX_BATCHES    50          /* of one webhook in a row, so that others get a turn */
#define MAX_TURN_MS    (30 * 1000) /* the same: no further batch after this time */
#define MAX_BODY_BYTES (1u << 20)

struct deliveries {
    struct api *api;
    const char *database_url;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    _Atomic bool stopping;
    _Atomic size_t n_due;      /* as the first thread saw it last */
    _Atomic int64_t looked_ms; /* when; clock_mono_ms() */
    pthread_t threads[N_THREADS];
};

struct batch {
    struct deliveries *d;
    struct db *db;
    struct arena *arena;
    int64_t id;
    struct webhook_due hook;
    struct changes_position to;
    int64_t written_us;
    struct buf items;
    int64_t n_items;
    bool more;
};

/* ---- the delivery ---- */

static bool has_id(const int64_t *ids, size_t n, struct maybe id)
{
    for (size_t i = 0; i < n && id.known; i++)
        if (ids[i] == id.value)
            return true;
    return false;
}

static bool is_wanted(const struct webhook_due *hook, const struct change_record *c)
{
    return !c->erased && ((!hook->n_developers && !hook->n_repositories) ||
                          has_id(hook->developers, hook->n_developers, c->developer) ||
                          has_id(hook->developers, hook->n_developers, c->followed) ||
                          has_id(hook->repositories, hook->n_repositories, c->repository));
}

static const char *base_of(const struct deliveries *d)
{
    return d->api->origin->public_base ? d->api->origin->public_base : d->api->listen_base;
}

static bool read_batch(struct batch *b, struct err *err)
{
    AUTO_ROWS rows = {0};
    int64_t horizon;
    struct jw w;
    const struct request rq = {.api = b->d->api, .arena = b->arena, .base = base_of(b->d)};
    if (!changes_horizon(b->db, &horizon, err))
        return false;
    b->to = b->hook.position;
    if (b->to.id > horizon)
        return true;
    if (!changes_page(b->db, b->hook.position, horizon, DELIVERY_ITEMS, b->hook.types, b->hook.n_types, &rows,
                      err))
        return false;
    int n = rows.n > DELIVERY_ITEMS ? DELIVERY_ITEMS : rows.n, i = 0;
    jw_init(&w, &b->items, 0);
    jw_array(&w);
    for (; i < n && b->items.len < MAX_BODY_BYTES / 2; i++) {
        struct change_record c;
        change_from_row(&rows, i, &c);
        b->to = c.position;
        b->written_us = c.written_us;
        if (!is_wanted(&b->hook, &c))
            continue;
        render_record(&w, &rq, SHAPE_CHANGE, ALL_FIELDS, &c);
        b->n_items++;
    }
    jw_end_array(&w);
    b->more = i < rows.n;
    if (!b->more && !b->n_items) /* a webhook with rare matches must not fall behind the stored log */
        b->to = (struct changes_position){.id = horizon + 1};
    return true;
}

static void make_body(const struct batch *b, struct buf *out)
{
    struct jw w;
    jw_init(&w, out, 0);
    jw_object(&w);
    jw_ki64(&w, "webhook", b->id);
    jw_kcstr(&w, "delivery",
             arena_printf(b->arena, "%lld-%s", (long long)b->id, changes_cursor_text(b->arena, b->to, 0)));
    jw_ki64(&w, "attempt", b->hook.attempt + 1);
    jw_kcstr(&w, "previous", changes_cursor_text(b->arena, b->hook.position, 0));
    jw_kcstr(&w, "cursor", changes_cursor_text(b->arena, b->to, b->written_us));
    jw_kraw(&w, "changes", buf_slice(&b->items));
    jw_end_object(&w);
}

/* HMAC-SHA256 (RFC 2104) in hex. */
static void sign(const char *secret, slice body, char hex[2 * crypto_auth_hmacsha256_BYTES + 1])
{
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.ptr, body.len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2hex(hex, 2 * crypto_auth_hmacsha256_BYTES + 1, mac, sizeof mac);
}

static void send_batch(const struct batch *b, struct post *post)
{
    char hex[2 * crypto_auth_hmacsha256_BYTES + 1];
    AUTO_BUF body = {.max = MAX_BODY_BYTES};
    make_body(b, &body);
    sign(b->hook.secret, buf_slice(&body), hex);
    const char *const headers[] = {
        "Content-Type: application/json",
        arena_printf(b->arena, "X-Hub-Signature-256: sha256=%s", hex),
        arena_printf(b->arena, "X-Gitomatic-Webhook: %lld", (long long)b->id),
        arena_printf(b->arena, "X-Gitomatic-Delivery: %lld-%s", (long long)b->id,
                     changes_cursor_text(b->arena, b->to, 0)),
        arena_printf(b->arena, "X-Gitomatic-Attempt: %lld", (long long)b->hook.attempt + 1),
        NULL};
    *post = (struct post){.url = b->hook.url,
                          .headers = headers,
                          .body = buf_slice(&body),
                          .private_allowed = b->d->api->cfg->webhook_private_addresses,
                          .abandon = &b->d->stopping};
    post_send(post);
    post->headers = NULL;
}

/* ---- its result ---- */

static int64_t pause_ms(const struct batch *b, const struct post *post)
{
    int64_t attempt = b->hook.attempt < 12 ? b->hook.attempt : 12, pause = (int64_t)FIRST_PAUSE_MS << attempt;
    if (post->retry_after_s * 1000 > pause)
        pause = post->retry_after_s * 1000;
    if (pause > MAX_PAUSE_MS)
        pause = MAX_PAUSE_MS;
    return pause + rnd_between(0, pause / 5);
}

static bool give_up(struct batch *b, const char *why, struct err *err)
{
    log_error("webhook.dead_letter", L_I64("webhook", b->id), L_I64("items", b->n_items), L_STR("why", why));
    return webhooks_give_up(b->db, b->id, b->to, changes_cursor_text(b->arena, b->hook.position, 0),
                            changes_cursor_text(b->arena, b->to, b->written_us), b->n_items, why, err);
}

static bool settle(struct batch *b, const struct post *post, bool *again_out, struct err *err)
{
    *again_out = false;
    if (post->status / 100 == 2) {
        *again_out = b->more;
        return webhooks_delivered(b->db, b->id, b->to, b->n_items, post->status, err);
    }
    if (atomic_load(&b->d->stopping) && !post->status)
        return true; /* this process ended it */
    if (!b->hook.attempt)
        log_warn("webhook.failed", L_I64("webhook", b->id), L_I64("status", post->status),
                 L_STR("why", post->error));
    bool too_long = b->hook.failing_ms >= b->d->api->cfg->webhook_retry_seconds * 1000;
    if (too_long && post->status != 410)
        return give_up(b, post->error, err);
    return webhooks_failed(b->db, b->id, post->status, post->error, pause_ms(b, post), post->status == 410,
                           err);
}

/* The log ends before the position, or begins after it: logs that, and continues with the existing rows. */
static bool check_position(struct batch *b, bool *ok_out, struct err *err)
{
    int64_t horizon;
    bool known;
    if (!changes_check(b->db, b->hook.position, 0, &horizon, &known, err))
        return false;
    *ok_out = known && b->hook.position.id >= b->hook.oldest;
    if (*ok_out)
        return true;
    if (known) {
        b->to = (struct changes_position){.id = b->hook.oldest};
        return give_up(b, "changes up to that point are no longer kept (KEEP_CHANGES)", err);
    }
    b->to = (struct changes_position){.id = horizon + 1};
    return give_up(
        b,
        "the log of changes does not go as far as the position: the database was restored from an older dump",
        err);
}

static bool deliver_once(struct batch *b, bool *again_out, struct err *err)
{
    struct post post;
    bool found, sound;
    *again_out = false;
    if (!webhooks_read(b->db, b->id, b->arena, &found, &b->hook, err) ||
        (found && !check_position(b, &sound, err)))
        return false;
    if (!found || !sound)
        return true;
    if (!read_batch(b, err))
        return false;
    if (b->n_items) {
        send_batch(b, &post);
        return settle(b, &post, again_out, err);
    }
    bool moved = b->to.id != b->hook.position.id || b->to.taken != b->hook.position.taken;
    *again_out = b->more;
    return !moved || webhooks_delivered(b->db, b->id, b->to, 0, 0, err);
}

static bool deliver(struct deliveries *d, struct db *db, int64_t id, struct err *err)
{
    bool again = true, ok = true;
    int64_t until = clock_mono_ms() + MAX_TURN_MS;
    for (int i = 0; i < MAX_BATCHES && again && ok && !atomic_load(&d->stopping) && clock_mono_ms() < until;
         i++) {
        struct batch b = {.d = d, .db = db, .arena = arena_create(), .id = id};
        buf_init(&b.items, MAX_BODY_BYTES);
        ok = deliver_once(&b, &again, err);
        buf_finish(&b.items);
        arena_destroy(b.arena);
    }
    return ok;
}

/* ---- the threads ---- */

static bool turn(struct deliveries *d, struct db *db, size_t number, struct err *err)
{
    AUTO_ARENA a = arena_create();
    int64_t *ids;
    size_t n;
    bool ok = webhooks_due(db, a, &ids, &n, err);
    if (ok && number == 0) {
        atomic_store(&d->n_due, n);
        atomic_store(&d->looked_ms, clock_mono_ms());
    }
    for (size_t i = 0; ok && i < n && !atomic_load(&d->stopping); i++) {
        int64_t id = ids[(i + number) % n];
        bool got, unlocked;
        struct err ignored;
        ok = webhooks_lock(db, id, &got, err);
        if (!ok || !got)
            continue;
        ok = deliver(d, db, id, err);
        unlocked = webhooks_unlock(db, id, ok ? err : &ignored);
        ok = ok && unlocked;
    }
    return ok;
}

struct thread_start {
    struct deliveries *d;
    size_t number;
};

static void wait_ms(struct deliveries *d, int64_t ms)
{
    int64_t until = clock_mono_ms() + ms;
    pthread_mutex_lock(&d->lock);
    while (!atomic_load(&d->stopping) && cond_wait_until(&d->changed, &d->lock, until))
        ;
    pthread_mutex_unlock(&d->lock);
}

/* The first thread looks for due webhooks for all; the others look themselves if it has not for a while, held by a slow receiver. */
static bool is_needed(struct deliveries *d, size_t number)
{
    return number < atomic_load(&d->n_due) || !number ||
           clock_mono_ms() - atomic_load(&d->looked_ms) >= IDLE_MS;
}

static void *run(void *arg)
{
    struct thread_start start = *(struct thread_start *)arg;
    struct deliveries *d = start.d;
    struct db *db = NULL;
    bool logged = false;
    free(arg);
    while (!atomic_load(&d->stopping)) {
        struct err err;
        const struct db_options options = {
            .url = d->database_url, .application = "gitomatic api webhooks", .abandon = &d->stopping};
        if (!is_needed(d, start.number)) {
            db_close(db);
            db = NULL;
            wait_ms(d, IDLE_MS);
            continue;
        }
        bool ok = (db || db_open(&options, &db, &err)) && turn(d, db, start.number, &err);
        if (!ok && db) {
            db_close(db); /* which ends its locks */
            db = NULL;
        }
        if (!ok && !logged && !atomic_load(&d->stopping))
            log_warn("webhook.database", L_STR("why", err.text));
        logged = !ok;
        wait_ms(d, ok ? POLL_MS : AWAY_MS);
    }
    db_close(db);
    return NULL;
}

struct deliveries *deliveries_start(struct api *api, const char *database_url)
{
    struct deliveries *d = xcalloc(1, sizeof *d);
    d->api = api;
    d->database_url = database_url;
    d->looked_ms = clock_mono_ms();
    pthread_mutex_init(&d->lock, NULL);
    cond_init(&d->changed);
    for (size_t i = 0; i < N_THREADS; i++) {
        struct thread_start *start = xmalloc(sizeof *start);
        *start = (struct thread_start){d, i};
        thread_must_start(&d->threads[i], run, start);
    }
    return d;
}

void deliveries_stop(struct deliveries *d)
{
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    atomic_store(&d->stopping, true);
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_join(d->threads[i], NULL);
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    free(d);
}
