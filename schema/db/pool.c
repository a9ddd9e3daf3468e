/* A bounded set of connections. Opened when needed, lent last-in first-out so that few stay warm; waiters are served in turn. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/tsan.h"
#include "schema/db/db_private.h"
#include "schema/db/pool_private.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define BRIEF_MS   20   /* a connection in use for longer runs a long statement */
#define REFUSED_MS 1000 /* how long no other connection is opened after one was refused */

/* A connection that was lent. */
struct loan {
    struct db *db;               /* NULL: being opened */
    const struct waiter *opener; /* by the thread of that one; NULL: it is open */
    int64_t since_ms;
    bool reads; /* for db_pool_read() */
};

struct db_pool {
    pthread_mutex_t lock;
    struct waiter *waiting; /* the longest first */
    struct db_options options;
    char *url, *application;
    struct db **idle;
    struct loan *loans;
    int64_t full_until_ms; /* the server refused one more while others were open */
    int n_idle, n_loans, max, max_brief;
    int max_reads; /* of max_brief, for db_pool_read() */
};

struct db_pool *db_pool_create(const struct db_options *options, int max_connections, int max_brief)
{
    struct db_pool *pool = xcalloc(1, sizeof *pool);
    pool->idle = xcalloc((size_t)max_connections, sizeof *pool->idle);
    pool->loans = xcalloc((size_t)max_connections, sizeof *pool->loans);
    pthread_mutex_init(&pool->lock, NULL);
    pool->options = *options;
    pool->options.url = pool->url = xstrdup(options->url ? options->url : "");
    pool->options.application = pool->application =
        xstrdup(options->application ? options->application : "gitomatic");
    pool->max = max_connections;
    pool->max_brief = max_brief < 1 ? 1 : max_brief;
    pool->max_reads = (2 * pool->max_brief + 2) / 3;
    return pool;
}

void db_pool_destroy(struct db_pool *pool)
{
    if (!pool)
        return;
    for (int i = 0; i < pool->n_idle; i++)
        db_close(pool->idle[i]);
    pthread_mutex_destroy(&pool->lock);
    free(pool->url);
    free(pool->application);
    free(pool->idle);
    free(pool->loans);
    free(pool);
}

/* ---- loans; all with the lock held ---- */

/* When one more may be lent if none is returned before; INT64_MAX: not before one is. reads: for db_pool_read(). */
static int64_t next_loan_ms(const struct db_pool *pool, int64_t now, bool reads)
{
    int n_brief = 0, n_reads = 0;
    int64_t oldest = INT64_MAX, oldest_read = INT64_MAX;
    if (pool->n_loans == pool->max)
        return INT64_MAX;
    if (!pool->n_idle && pool->n_loans && now < pool->full_until_ms)
        return pool->full_until_ms;
    for (int i = 0; i < pool->n_loans; i++) {
        int64_t since = pool->loans[i].since_ms;
        if (now - since >= BRIEF_MS)
            continue;
        n_brief++;
        if (since < oldest)
            oldest = since;
        if (!pool->loans[i].reads)
            continue;
        n_reads++;
        if (since < oldest_read)
            oldest_read = since;
    }
    int64_t next = n_brief < pool->max_brief ? now : oldest + BRIEF_MS;
    if (!reads || n_reads < pool->max_reads || oldest_read + BRIEF_MS < next)
        return next;
    return oldest_read + BRIEF_MS;
}

/* An idle one, or NULL and the right to open one. */
static void lend(struct db_pool *pool, int64_t now, struct waiter *w)
{
    w->db = pool->n_idle ? pool->idle[--pool->n_idle] : NULL;
    pool->loans[pool->n_loans++] =
        (struct loan){.db = w->db, .opener = w->db ? NULL : w, .since_ms = now, .reads = w->reading != NULL};
}

/* Of an open connection, or of the waiter that opens one: several may open at once. */
static struct loan *loan_of(struct db_pool *pool, const struct db *db, const struct waiter *opener)
{
    struct loan *loan = pool->loans;
    while (loan->db != db || loan->opener != opener)
        loan++;
    return loan;
}

/* Whether a read takes long: the database may hang, and then all that joined it would. */
static bool has_long_read(const struct db_pool *pool, int64_t now)
{
    for (int i = 0; i < pool->n_loans; i++)
        if (pool->loans[i].reads && now - pool->loans[i].since_ms >= BRIEF_MS)
            return true;
    return false;
}

/* ---- waiting; all with the lock held ---- */

static void enqueue(struct db_pool *pool, struct waiter *w)
{
    struct waiter **end = &pool->waiting;
    while (*end)
        end = &(*end)->next;
    *end = w;
}

static void leave(struct db_pool *pool, struct waiter *w)
{
    struct waiter **at = &pool->waiting;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
}

/* Whether one waits that wants a connection for itself. */
static bool has_other_than_reads(const struct db_pool *pool)
{
    const struct waiter *w = pool->waiting;
    while (w && w->reading)
        w = w->next;
    return w != NULL;
}

/* Whether one waits that is to be served before a newcomer. Reads that wait because of max_reads do not hold up a newcomer that wants a
 * connection for itself. */
static bool has_before(const struct db_pool *pool, int64_t now, bool reads)
{
    return pool->waiting && (reads || has_other_than_reads(pool) || next_loan_ms(pool, now, true) <= now);
}

/* When the next of those that wait can be served. */
static int64_t next_serving_ms(const struct db_pool *pool, int64_t now)
{
    return next_loan_ms(pool, now, !has_other_than_reads(pool));
}

/* Takes the one that has waited longest of those that may be served now. */
static struct waiter *next_served(struct db_pool *pool, int64_t now)
{
    bool others = next_loan_ms(pool, now, false) <= now, reads = next_loan_ms(pool, now, true) <= now;
    struct waiter **at = &pool->waiting, *w;
    while ((w = *at) && !(w->reading ? reads : others))
        at = &w->next;
    if (!w)
        return NULL;
    *at = w->next;
    w->next = NULL;
    return w;
}

/* Adds other reads to that one, from anywhere in the queue. Those that want a connection for themselves keep their turn, but this one is
 * out for up to GROUP_MAX statements. A read that was added has no deadline any more. */
static void gather(struct db_pool *pool, struct waiter *first)
{
    struct waiter **end = &first->carried, *w;
    int n = 1;
    for (struct waiter **at = &pool->waiting; (w = *at) && n < GROUP_MAX;) {
        if (!w->reading || !w->may_join) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->next = NULL;
        w->is_carried = true;
        w->served = true;
        n++;
        *end = w;
        end = &w->next;
    }
}

/* Gives connections to the threads that have waited longest: left in the pool, the thread that returned one would take it again
 * before a waiter is awake. Returns the threads to wake. */
static struct waiter *serve(struct db_pool *pool, int64_t now)
{
    struct waiter *served = NULL, **end = &served, *w;
    bool joint = !has_long_read(pool, now);
    while ((w = next_served(pool, now))) {
        lend(pool, now, w);
        if (w->reading && w->db && joint) /* opening a connection may take long */
            gather(pool, w);
        w->served = true;
        *end = w;
        end = &w->next;
    }
    return served;
}

/* Called without the lock: a thread that woke would otherwise wait for it at once. */
void pool_wake(struct waiter *served)
{
    for (struct waiter *w = served, *next; w; w = next) {
        next = w->next; /* once woken, it is gone */
        tsan_before(&w->woken);
        if (sem_post(&w->woken) != 0)
            abort();
    }
}

/* True: woken. That happens at most once. */
static bool sleep_until(struct waiter *w, int64_t until_mono_ms)
{
    const struct timespec until = {until_mono_ms / 1000, until_mono_ms % 1000 * 1000000};
    int got;
    while ((got = sem_clockwait(&w->woken, CLOCK_MONOTONIC, &until)) != 0 && errno == EINTR)
        ;
    if (got == 0)
        tsan_after(&w->woken); /* which does not know sem_clockwait */
    return got == 0;
}

/* False: not served in time. Waiters check periodically, since the first one may get a connection without being woken, when others
 * have held theirs for long. Called with the lock held, returns without it. */
static bool wait_for_one(struct db_pool *pool, int64_t deadline_mono_ms, struct waiter *w)
{
    bool woken = false;
    if (sem_init(&w->woken, 0, 0) != 0)
        abort();
    enqueue(pool, w);
    for (int64_t now; !w->served && (now = clock_mono_ms()) < deadline_mono_ms;) {
        int64_t next = pool->waiting == w ? next_serving_ms(pool, now) : INT64_MAX;
        int64_t until = next < now + BRIEF_MS ? next : now + BRIEF_MS;
        struct waiter *served = next <= now ? serve(pool, now) : NULL;
        pthread_mutex_unlock(&pool->lock);
        pool_wake(served);
        woken = sleep_until(w, until < deadline_mono_ms ? until : deadline_mono_ms);
        if (woken) /* the usual end, which takes no lock */
            break;
        pthread_mutex_lock(&pool->lock);
    }
    bool served = w->served;
    if (!served)
        leave(pool, w);
    if (!woken)
        pthread_mutex_unlock(&pool->lock);
    while (served && !woken)
        woken = sem_wait(&w->woken) == 0;
    sem_destroy(&w->woken);
    return served;
}

/* ---- the outside ---- */

bool pool_take(struct db_pool *pool, int deadline_ms, struct waiter *w)
{
    int64_t now = clock_mono_ms();
    bool reads = w->reading != NULL;
    pthread_mutex_lock(&pool->lock);
    if (has_before(pool, now, reads) || next_loan_ms(pool, now, reads) > now)
        return wait_for_one(pool, now + deadline_ms, w);
    lend(pool, now, w);
    pthread_mutex_unlock(&pool->lock);
    return true;
}

/* db: the connection that was lent; NULL: `opener` could not open it. */
static void give(struct db_pool *pool, const struct db *db, const struct waiter *opener, struct db *idle)
{
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&pool->lock);
    *loan_of(pool, db, opener) = pool->loans[--pool->n_loans];
    if (!db)
        pool->full_until_ms = now + REFUSED_MS;
    if (idle)
        pool->idle[pool->n_idle++] = idle;
    struct waiter *served = serve(pool, now);
    pthread_mutex_unlock(&pool->lock);
    pool_wake(served);
}

bool pool_open(struct db_pool *pool, struct waiter *w, struct err *err)
{
    struct db *db;
    if (!db_open(&pool->options, &db, err)) {
        give(pool, NULL, w, NULL);
        return false;
    }
    w->db = db;
    pthread_mutex_lock(&pool->lock);
    struct loan *loan = loan_of(pool, NULL, w);
    loan->db = db;
    loan->opener = NULL;
    pthread_mutex_unlock(&pool->lock);
    return true;
}

bool pool_has_any(struct db_pool *pool)
{
    bool any = false;
    pthread_mutex_lock(&pool->lock);
    for (int i = 0; i < pool->n_loans && !any; i++)
        any = pool->loans[i].db != NULL;
    any |= pool->n_idle > 0;
    pthread_mutex_unlock(&pool->lock);
    return any;
}

bool db_pool_acquire(struct db_pool *pool, int deadline_ms, struct db **db_out, struct err *err)
{
    int64_t deadline = clock_mono_ms() + deadline_ms, left = deadline_ms;
    for (;;) {
        struct waiter w = {0};
        if (!pool_take(pool, left > 0 ? (int)left : 0, &w))
            return err_set(err, ERR_DB_BUSY, "all connections (at most %d) are busy", pool->max);
        if (w.db || pool_open(pool, &w, err)) {
            *db_out = w.db;
            return true;
        }
        /* The server may have no more connections for us (53300) while those that are open work: wait for one of them. */
        left = deadline - clock_mono_ms();
        if (!pool_has_any(pool))
            return false;
    }
}

void db_pool_release(struct db_pool *pool, struct db *db)
{
    if (!db)
        return;
    db_rollback(db);
    bool up = db_is_up(db);
    give(pool, db, NULL, up ? db : NULL);
    if (!up)
        db_close(db);
}

void db_pool_stats(struct db_pool *pool, int *open_out, int *busy_out, int *max_out)
{
    pthread_mutex_lock(&pool->lock);
    *open_out = pool->n_idle + pool->n_loans;
    *busy_out = pool->n_loans;
    *max_out = pool->max;
    pthread_mutex_unlock(&pool->lock);
}
