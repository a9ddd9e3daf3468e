#include "github/quota.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "github/window.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BLOCK_UNITS      20
#define REST_A_MINUTE    900
#define GRAPHQL_A_MINUTE 2000
#define ENDED_HOLD_MS    5000 /* an installation that ended may be back */

/* Units leased for one purpose and not taken. */
struct block {
    _Atomic int64_t units;
    _Atomic int64_t denied_until_ms, denied_exhausted; /* monotonic: do not ask the store before */
    /* In addition to `units`, from the last lease: what is left until spare_until_ms (0: no end is known), and of a full window. */
    _Atomic int64_t spare, full, spare_until_ms;
    _Atomic bool
        uncounted; /* set under the meter's lock: the last lease had no limit, so the store has not noted `units` */
};

struct meter {
    struct block blocks[N_QUOTA_PURPOSES];
    _Atomic int64_t idle_since_ms;
    _Atomic int64_t uncounted_out; /* such units that were taken, and whose requests have no answer yet */
    pthread_mutex_t lock;          /* the fields below, and one exchange with the store at a time */
    struct quota_report pending;
    struct gh_limits primary, secondary; /* in a row; secondary ones in the meter of GH_CORE only */
    struct gh_per_minute per_minute;
    bool limited; /* the server sends rate headers */
};

struct gh_quota {
    const struct gh_credentials *credentials;
    struct quota_store store;
    struct meter (*meters)[GH_N_RESOURCES];
    _Atomic int64_t *held_until_ms; /* monotonic */
    _Atomic int n_processes;
    struct gh_token_ends *token_ends;
};

const char *gh_resource_name(enum gh_resource resource)
{
    return resource == GH_CORE ? "core" : "graphql";
}

struct gh_quota *gh_quota_create(const struct gh_credentials *credentials, struct quota_store store)
{
    struct gh_quota *q = xcalloc(1, sizeof *q);
    q->meters = xcalloc(credentials->most, sizeof *q->meters);
    q->held_until_ms = xcalloc(credentials->most, sizeof *q->held_until_ms);
    q->token_ends = gh_token_ends_create(credentials);
    q->credentials = credentials;
    q->store = store;
    atomic_store(&q->n_processes, 1);
    for (size_t i = 0; i < credentials->most; i++) {
        for (int r = 0; r < GH_N_RESOURCES; r++) {
            pthread_mutex_init(&q->meters[i][r].lock, NULL);
            for (int p = 0; p < N_QUOTA_PURPOSES; p++)
                atomic_store(&q->meters[i][r].blocks[p].spare, INT64_MAX);
        }
    }
    return q;
}

void gh_quota_destroy(struct gh_quota *q)
{
    if (!q)
        return;
    for (size_t i = 0; i < q->credentials->most; i++)
        for (int r = 0; r < GH_N_RESOURCES; r++)
            pthread_mutex_destroy(&q->meters[i][r].lock);
    gh_token_ends_destroy(q->token_ends);
    free(q->meters);
    free(q->held_until_ms);
    free(q);
}

static struct meter *meter_of(struct gh_quota *q, const struct gh_credential *c, enum gh_resource r)
{
    return &q->meters[c->position][r];
}

static bool take_from(struct meter *m, struct block *b)
{
    int64_t units = atomic_load(&b->units);
    while (units > 0)
        if (atomic_compare_exchange_weak(&b->units, &units, units - 1)) {
            atomic_fetch_add(&m->uncounted_out, b->uncounted);
            return true;
        }
    return false;
}

/* One unit is answered or returned. Caller holds the meter's lock. Requests with uncounted ones are the older ones, and count as answered
 * first. */
static bool was_counted(struct meter *m)
{
    if (atomic_load(&m->uncounted_out) <= 0)
        return true;
    atomic_fetch_sub(&m->uncounted_out, 1);
    return false;
}

/* Units leased for background work are above the reserved share, so any purpose may use them. */
static bool take_local(struct meter *m, enum quota_purpose purpose)
{
    return take_from(m, &m->blocks[purpose]) ||
           (purpose == QUOTA_ASKED && take_from(m, &m->blocks[QUOTA_BACKGROUND]));
}

static void deny(struct block *b, bool exhausted, int64_t wait_ms)
{
    atomic_store(&b->denied_exhausted, exhausted);
    atomic_store(&b->denied_until_ms, clock_mono_ms() + wait_ms);
}

/* Takes the unspent units away. Returns those that the store has noted as leased. */
static int64_t drop(struct block *b)
{
    int64_t units = atomic_exchange(&b->units, 0);
    return b->uncounted ? 0 : units;
}

/* An answer with a limit: units that were granted without one, as other processes' answers named none, are void. The first one also
 * lets waiting requests ask the store at once. */
static void note_limit(struct meter *m)
{
    for (struct block *b = m->blocks; b < m->blocks + N_QUOTA_PURPOSES; b++) {
        if (b->uncounted)
            (void)drop(b);
        if (!m->limited && !atomic_load(&b->denied_exhausted))
            atomic_store(&b->denied_until_ms, 0);
    }
    m->limited = true;
}

static void note_spare(struct block *b, int64_t spare, int64_t full, int64_t resets_in_ms)
{
    atomic_store(&b->spare, spare);
    atomic_store(&b->full, full);
    atomic_store(&b->spare_until_ms, resets_in_ms < 0 ? 0 : clock_mono_ms() + resets_in_ms);
}

/* A window whose end has passed counts as full. */
static int64_t spare_of(const struct block *b)
{
    int64_t until = atomic_load(&b->spare_until_ms), units = atomic_load(&b->units);
    int64_t spare = until && clock_mono_ms() >= until ? atomic_load(&b->full) : atomic_load(&b->spare);
    return spare > INT64_MAX - units ? INT64_MAX : spare + units;
}

/* What was denied or refused may be granted now. A pause of the credential goes on. */
static void reopen(struct gh_quota *q, const struct gh_credential *c, struct meter *m)
{
    for (int p = 0; p < N_QUOTA_PURPOSES; p++)
        atomic_store(&m->blocks[p].denied_until_ms, 0);
    atomic_store(&m->per_minute.closed_until_ms, atomic_load(&q->held_until_ms[c->position]));
}

/* Caller holds the meter's lock. Unreported values return to pending, so nothing is lost after a failed call. */
static bool settle(struct gh_quota *q, const struct gh_credential *c, enum gh_resource r, void *ctx,
                   struct err *err)
{
    struct meter *m = meter_of(q, c, r);
    struct quota_report s = m->pending;
    if (!s.used && !s.observed && !s.unlimited && !s.spent[QUOTA_ASKED] && !s.spent[QUOTA_BACKGROUND])
        return true;
    bool raised;
    if (!q->store.settle(ctx, c->label, gh_resource_name(r), &s, &raised, err))
        return false;
    m->pending = (struct quota_report){0};
    if (raised)
        reopen(q, c, m);
    return true;
}

static bool refill(struct gh_quota *q, const struct gh_credential *c, enum gh_resource r,
                   enum quota_purpose purpose, void *ctx, struct err *err)
{
    struct meter *m = meter_of(q, c, r);
    struct quota_grant grant;
    if (!settle(q, c, r, ctx, err) ||
        !q->store.lease(ctx, c->label, gh_resource_name(r), purpose, BLOCK_UNITS, &grant, err))
        return false;
    bool known = grant.spare >= 0 && !grant.unlimited;
    note_spare(&m->blocks[purpose], known ? grant.spare - grant.units : INT64_MAX, grant.full,
               known ? grant.resets_in_ms : -1);
    if (grant.units > 0) {
        m->blocks[purpose].uncounted = grant.unlimited;
        atomic_fetch_add(&m->blocks[purpose].units, grant.units);
        return true;
    }
    deny(&m->blocks[purpose], grant.exhausted, grant.wait_ms < 50 ? 50 : grant.wait_ms);
    return true;
}

bool gh_quota_take(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                   enum quota_purpose purpose, void *ctx, enum gh_take *out, int64_t *wait_ms_out,
                   struct err *err)
{
    struct meter *m = meter_of(q, c, resource);
    struct block *b = &m->blocks[purpose];
    int64_t now = clock_mono_ms();
    *wait_ms_out = 0;
    *out = GH_WAIT;
    if ((*wait_ms_out = gh_quota_held_ms(q, c)) > 0)
        return true;
    atomic_store(&m->idle_since_ms, now);
    if (take_local(m, purpose)) {
        *out = GH_TAKEN;
        return true;
    }
    pthread_mutex_lock(&m->lock);
    bool ok = true, taken = take_local(m, purpose); /* another thread may have refilled meanwhile */
    if (!taken && clock_mono_ms() >= atomic_load(&b->denied_until_ms)) {
        ok = refill(q, c, resource, purpose, ctx, err);
        taken = ok && take_local(m, purpose);
    }
    pthread_mutex_unlock(&m->lock);
    if (taken) {
        *out = GH_TAKEN;
        return true;
    }
    *wait_ms_out = atomic_load(&b->denied_until_ms) - clock_mono_ms();
    if (*wait_ms_out < 50)
        *wait_ms_out = 50;
    if (atomic_load(&b->denied_exhausted))
        *out = GH_EXHAUSTED;
    return ok;
}

void gh_quota_answered(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                       const struct gh_headers *headers, int64_t asked_ms, bool any_answer)
{
    struct meter *m = meter_of(q, c, resource);
    int64_t ignored;
    bool ours = headers && headers->rate.present && gh_names_window(headers, resource, &ignored);
    gh_token_ends_note(q->token_ends, c, headers);
    pthread_mutex_lock(&m->lock);
    m->pending.used += was_counted(m);
    if (ours) {
        note_limit(m);
        m->pending.unlimited = false;
        gh_window_observe(&m->pending, headers, asked_ms);
    } else {
        /* No headers on a good answer means no limit; on a failure they say nothing, so the unit counts as spent. */
        m->pending.unseen++;
        if (any_answer && !m->limited && headers && !headers->rate.present)
            m->pending.unlimited = true;
    }
    atomic_store(&m->per_minute.ceiling,
                 m->limited
                     ? (resource == GH_CORE ? REST_A_MINUTE : GRAPHQL_A_MINUTE) / atomic_load(&q->n_processes)
                     : 0);
    pthread_mutex_unlock(&m->lock);
}

struct gh_token_ends *gh_quota_token_ends(struct gh_quota *q)
{
    return q->token_ends;
}

void gh_quota_spent(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                    enum quota_purpose purpose, int64_t units)
{
    struct meter *m = meter_of(q, c, resource);
    pthread_mutex_lock(&m->lock);
    m->pending.spent[purpose] += units;
    pthread_mutex_unlock(&m->lock);
}

void gh_quota_unused(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                     enum quota_purpose purpose)
{
    struct meter *m = meter_of(q, c, resource);
    struct block *b = &m->blocks[purpose];
    pthread_mutex_lock(&m->lock);
    bool counted = was_counted(m);
    if (atomic_load(&b->denied_exhausted) && clock_mono_ms() < atomic_load(&b->denied_until_ms))
        m->pending.used += counted; /* void, like the other leased ones */
    else if (counted != b->uncounted)
        atomic_fetch_add(&b->units, 1);
    else /* a block has units of one sort: this one is given up */
        m->pending.used += counted;
    pthread_mutex_unlock(&m->lock);
}

/* Requests in the fetcher's queue are returned as well. */
static void close_pace(struct meter *m, int64_t for_ms)
{
    int64_t until = clock_mono_ms() + for_ms;
    if (until > atomic_load(&m->per_minute.closed_until_ms))
        atomic_store(&m->per_minute.closed_until_ms, until);
}

void gh_quota_exhausted(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                        int64_t wait_ms)
{
    struct meter *m = meter_of(q, c, resource);
    close_pace(m, wait_ms);
    pthread_mutex_lock(&m->lock);
    for (int p = 0; p < N_QUOTA_PURPOSES; p++) {
        m->pending.used += drop(&m->blocks[p]);
        deny(&m->blocks[p], true, wait_ms);
        note_spare(&m->blocks[p], 0, atomic_load(&m->blocks[p].full), wait_ms);
    }
    pthread_mutex_unlock(&m->lock);
}

static struct gh_limits *limits_of(struct meter *m, bool secondary)
{
    return secondary ? &m->secondary : &m->primary;
}

int gh_quota_limits_before(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                           bool secondary, int64_t asked_ms)
{
    struct meter *m = meter_of(q, c, secondary ? GH_CORE : resource);
    pthread_mutex_lock(&m->lock);
    int n = gh_limits_before(limits_of(m, secondary), asked_ms);
    pthread_mutex_unlock(&m->lock);
    return n;
}

void gh_quota_limit_told(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                         bool secondary, int64_t asked_ms, int64_t wait_ms)
{
    struct meter *m = meter_of(q, c, secondary ? GH_CORE : resource);
    pthread_mutex_lock(&m->lock);
    gh_limits_met(limits_of(m, secondary), asked_ms, clock_mono_ms(), wait_ms);
    pthread_mutex_unlock(&m->lock);
}

void gh_quota_limits_over(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                          int64_t asked_ms)
{
    const enum gh_resource meters[] = {resource, GH_CORE};
    for (size_t i = 0; i < ARRAY_LEN(meters); i++) {
        struct meter *m = meter_of(q, c, meters[i]);
        pthread_mutex_lock(&m->lock);
        gh_limits_over(limits_of(m, i > 0), asked_ms);
        pthread_mutex_unlock(&m->lock);
    }
}

/* Caller holds the meter's lock. */
static bool give_back(struct gh_quota *q, const struct gh_credential *c, enum gh_resource r, void *ctx,
                      struct err *err)
{
    for (int p = 0; p < N_QUOTA_PURPOSES; p++) {
        struct block *b = &meter_of(q, c, r)->blocks[p];
        int64_t units = drop(b);
        if (units <= 0 || q->store.give_back(ctx, c->label, gh_resource_name(r), units, err))
            continue;
        atomic_fetch_add(&b->units, units);
        return false;
    }
    return true;
}

bool gh_quota_flush(struct gh_quota *q, void *ctx, bool all, struct err *err)
{
    for (size_t i = 0; i < q->credentials->n; i++) {
        for (int r = 0; r < GH_N_RESOURCES; r++) {
            const struct gh_credential *c = &q->credentials->items[i];
            struct meter *m = meter_of(q, c, (enum gh_resource)r);
            bool idle = clock_mono_ms() - atomic_load(&m->idle_since_ms) > 2000;
            pthread_mutex_lock(&m->lock);
            bool ok = settle(q, c, (enum gh_resource)r, ctx, err) &&
                      (!(all || idle) || give_back(q, c, (enum gh_resource)r, ctx, err));
            pthread_mutex_unlock(&m->lock);
            if (!ok)
                return false;
        }
    }
    return true;
}

void gh_quota_hold(struct gh_quota *q, const struct gh_credential *c, int64_t for_ms)
{
    _Atomic int64_t *held = &q->held_until_ms[c->position];
    int64_t until = clock_mono_ms() + for_ms, before = atomic_load(held);
    while (until > before && !atomic_compare_exchange_weak(held, &before, until))
        ;
    for (int r = 0; r < GH_N_RESOURCES; r++)
        close_pace(meter_of(q, c, (enum gh_resource)r), for_ms);
}

void gh_quota_void(struct gh_quota *q)
{
    for (size_t i = 0; i < q->credentials->n; i++) {
        for (int r = 0; r < GH_N_RESOURCES; r++) {
            struct meter *m = &q->meters[i][r];
            pthread_mutex_lock(&m->lock);
            for (int p = 0; p < N_QUOTA_PURPOSES; p++)
                atomic_store(&m->blocks[p].units, 0);
            m->pending.used = 0;
            pthread_mutex_unlock(&m->lock);
        }
    }
}

void gh_quota_ask_again(struct gh_quota *q)
{
    for (size_t i = 0; i < q->credentials->n; i++)
        for (int r = 0; r < GH_N_RESOURCES; r++)
            reopen(q, &q->credentials->items[i], &q->meters[i][r]);
}

int64_t gh_quota_held_ms(struct gh_quota *q, const struct gh_credential *c)
{
    int64_t left = atomic_load(&q->held_until_ms[c->position]) - clock_mono_ms();
    if (left < ENDED_HOLD_MS && gh_credential_has_ended(c))
        return ENDED_HOLD_MS;
    return left > 0 ? left : 0;
}

int64_t gh_quota_used_up_ms(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                            enum quota_purpose purpose)
{
    struct block *b = &meter_of(q, c, resource)->blocks[purpose];
    int64_t left = atomic_load(&b->denied_until_ms) - clock_mono_ms();
    return !atomic_load(&b->units) && atomic_load(&b->denied_exhausted) && left > 0 ? left : 0;
}

bool gh_quota_is_exhausted(struct gh_quota *q, enum gh_resource resource, enum quota_purpose purpose)
{
    for (size_t i = 0; i < q->credentials->n; i++)
        if (!gh_credential_has_ended(&q->credentials->items[i]) &&
            !gh_quota_used_up_ms(q, &q->credentials->items[i], resource, purpose))
            return false;
    return true;
}

const struct gh_credential *gh_quota_best(struct gh_quota *q, enum gh_resource resource,
                                          enum quota_purpose purpose)
{
    const struct gh_credential *best = NULL;
    int64_t most = -2;
    for (size_t i = 0; i < q->credentials->n; i++) {
        const struct gh_credential *c = &q->credentials->items[i];
        struct block *b = &meter_of(q, c, resource)->blocks[purpose];
        if (gh_quota_held_ms(q, c) > 0)
            continue;
        bool denied = clock_mono_ms() < atomic_load(&b->denied_until_ms) && !atomic_load(&b->units);
        /* One that is known to be used up comes last: of another one, also without units, it is not known yet. */
        int64_t left = gh_quota_used_up_ms(q, c, resource, purpose) ? -1 : denied ? 0 : spare_of(b);
        if (left > most) {
            most = left;
            best = c;
        }
    }
    return best ? best : &q->credentials->items[0];
}

bool gh_quota_has_other(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                        enum quota_purpose purpose)
{
    for (size_t i = 0; i < q->credentials->n; i++) {
        const struct gh_credential *other = &q->credentials->items[i];
        if (other != c && !gh_quota_held_ms(q, other) && !gh_quota_used_up_ms(q, other, resource, purpose))
            return true;
    }
    return false;
}

int64_t gh_quota_spare(struct gh_quota *q, enum gh_resource resource, enum quota_purpose purpose)
{
    int64_t sum = 0;
    for (size_t i = 0; i < q->credentials->n; i++) {
        const struct gh_credential *c = &q->credentials->items[i];
        if (gh_quota_held_ms(q, c) > 0)
            continue;
        int64_t spare = spare_of(&meter_of(q, c, resource)->blocks[purpose]);
        sum = spare > INT64_MAX - sum ? INT64_MAX : sum + spare;
    }
    return sum;
}

struct gh_per_minute *gh_quota_per_minute(struct gh_quota *q, const struct gh_credential *c,
                                          enum gh_resource resource)
{
    return &meter_of(q, c, resource)->per_minute;
}

void gh_quota_share(struct gh_quota *q, int n_processes)
{
    atomic_store(&q->n_processes, n_processes < 1 ? 1 : n_processes);
}
