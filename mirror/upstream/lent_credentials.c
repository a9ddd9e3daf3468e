#include "mirror/upstream/lent_credentials.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include "github/app/app.h"
#include "schema/queue/quota.h"
#include <pthread.h>
#include <stdlib.h>

#define PACE_WAIT_MS 500

/* The credentials of one configuration. */
struct lent_set {
    const struct config *cfg; /* whose credentials they are; other settings may have changed since */
    struct gh_credentials credentials;
    struct gh_quota *quota;
    /* per credential: the log names the used-up window that ends then */
    _Atomic int64_t (*logged_until_ms)[GH_N_RESOURCES];
    struct lent_set *before; /* requests may still use its credentials */
};

struct lent_credentials {
    struct lent_set *_Atomic current;
    struct lent_set *_Atomic next;    /* NULL: none */
    const struct config *_Atomic cfg; /* in use now, for the quota */
    const struct config *next_cfg;    /* of the newest set; NULL: none yet. Used by the reload thread only */
    _Atomic int64_t worker_id;
    _Atomic bool stopping;
    pthread_mutex_t per_minute_lock;
};

static struct lent_set *set_create(const struct config *cfg, const struct gh_abandon *abandon,
                                   struct err *err)
{
    struct lent_set *set = xcalloc(1, sizeof *set);
    set->cfg = cfg;
    if (!gh_credentials_load(cfg, abandon, &set->credentials, err)) {
        free(set);
        return NULL;
    }
    set->quota = gh_quota_create(&set->credentials, quota_store);
    set->logged_until_ms = xcalloc(set->credentials.most, sizeof *set->logged_until_ms);
    return set;
}

static void set_destroy(struct lent_set *set)
{
    if (!set)
        return;
    gh_quota_destroy(set->quota);
    free(set->logged_until_ms);
    gh_credentials_finish(&set->credentials);
    free(set);
}

static struct lent_set *set_of(struct lent_credentials *p, const struct gh_credential *c)
{
    struct lent_set *set = p->current;
    while (set->before &&
           !(c >= set->credentials.items && c < set->credentials.items + set->credentials.most))
        set = set->before;
    return set;
}

bool lent_credentials_create(const struct config *cfg, int stop_fd, struct lent_credentials **out,
                             struct err *err)
{
    const struct gh_abandon abandon = {.fd = stop_fd};
    struct lent_credentials *p = xcalloc(1, sizeof *p);
    if (!(p->current = set_create(cfg, &abandon, err))) {
        free(p);
        return false;
    }
    p->cfg = cfg;
    pthread_mutex_init(&p->per_minute_lock, NULL);
    *out = p;
    return true;
}

void lent_credentials_destroy(struct lent_credentials *p)
{
    if (!p)
        return;
    set_destroy(p->next);
    for (struct lent_set *set = p->current, *before; set; set = before) {
        before = set->before;
        set_destroy(set);
    }
    pthread_mutex_destroy(&p->per_minute_lock);
    free(p);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_credentials(const struct config *a, const struct config *b)
{
    return same_text(a->github_token, b->github_token) && same_text(a->github_tokens, b->github_tokens) &&
           same_text(a->github_api_user, b->github_api_user) &&
           same_text(a->github_api_key, b->github_api_key) && same_text(a->github_app_id, b->github_app_id) &&
           same_text(a->github_app_private_key, b->github_app_private_key) &&
           same_text(a->github_app_installations, b->github_app_installations);
}

static bool app_has_token(const struct gh_credentials *credentials)
{
    char authorization[GH_APP_TOKEN_SIZE];
    int64_t until_ms;
    bool has = false;
    for (size_t i = 0; !has && i < gh_app_n_installations(credentials->app); i++)
        has = gh_app_authorization(credentials->app, i, authorization, &until_ms);
    return has;
}

bool lent_credentials_prepare(struct lent_credentials *p, const struct config *cfg, struct lent_set **out,
                              struct err *err)
{
    const struct config *now = p->next_cfg ? p->next_cfg : p->current->cfg;
    *out = NULL;
    if (same_credentials(now, cfg))
        return true;
    const struct gh_abandon abandon = {.flag = &p->stopping, .fd = -1};
    struct lent_set *set = set_create(cfg, &abandon, err);
    if (set && set->credentials.app && !app_has_token(&set->credentials)) {
        set_destroy(set);
        return err_set(err, ERR_UPSTREAM,
                       "GITHUB_APP_ID: GitHub gives the app %s no token; app.token above says why",
                       cfg->github_app_id);
    }
    return (*out = set) != NULL;
}

void lent_credentials_stop(struct lent_credentials *p)
{
    atomic_store(&p->stopping, true);
}

void lent_credentials_renew(struct lent_credentials *p, const struct config *cfg, struct lent_set *set)
{
    atomic_store(&p->cfg, cfg);
    for (struct lent_set *one = p->current; one; one = one->before)
        gh_quota_ask_again(one->quota);
    if (!set && p->current->credentials.app)
        gh_app_look(p->current->credentials.app);
    if (!set)
        return;
    p->next_cfg = set->cfg;
    set_destroy(atomic_exchange(&p->next, set)); /* no thread has used it */
}

void lent_credentials_discard(struct lent_set *set)
{
    set_destroy(set);
}

static bool set_register(const struct lent_set *set, struct db *db, struct err *err)
{
    for (size_t i = 0; i < set->credentials.n; i++) {
        const struct gh_credential *one = &set->credentials.items[i];
        if (!gh_credential_has_ended(one) && !quota_register(db, one->label, one->kind, (int)i, err))
            return false;
    }
    return true;
}

static bool note_use(void *db, const struct gh_credential *c, bool in_use, struct err *err)
{
    return quota_use(db, c->label, c->kind, c->position, in_use, err);
}

bool lent_credentials_settle(struct lent_credentials *p, struct db *db, bool *changed_out, struct err *err)
{
    struct lent_set *next = atomic_exchange(&p->next, NULL);
    *changed_out = next != NULL;
    if (!next)
        return !db || gh_credentials_renew(&p->current->credentials, note_use, db, err);
    next->before = p->current;
    if (next->before->credentials.app)
        gh_app_retire(next->before->credentials.app);
    p->current = next; /* also if it cannot be registered: lent_credentials_register() is then called again */
    return !db || set_register(next, db, err);
}

bool lent_credentials_register(struct lent_credentials *p, struct db *db, int64_t worker_id, struct err *err)
{
    if (!set_register(p->current, db, err))
        return false;
    atomic_store(&p->worker_id, worker_id);
    return true;
}

static bool resource_of(const char *bucket, enum gh_resource *out)
{
    *out = strcmp(bucket, "graphql") == 0 ? GH_GRAPHQL : GH_CORE;
    return *out == GH_GRAPHQL || strcmp(bucket, "core") == 0;
}

/* Highest random weight: another credential in the set takes its share of the pages, and all others stay where they are. */
static uint32_t weight(uint32_t page, const struct gh_credential *c)
{
    uint32_t x = page ^ c->seed;
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

const struct gh_credential *lent_credentials_pick(struct lent_credentials *p, const char *bucket,
                                                  const unsigned char resource[KEY_BYTES])
{
    const struct lent_set *set = p->current;
    const struct gh_credential *best = NULL, *best_usable = NULL;
    enum gh_resource of;
    bool leased = resource_of(bucket, &of);
    uint32_t page;
    memcpy(&page, resource, sizeof page);
    for (size_t i = 0; i < set->credentials.n; i++) {
        const struct gh_credential *c = &set->credentials.items[i];
        if (!best || weight(page, c) > weight(page, best))
            best = c;
        if ((!best_usable || weight(page, c) > weight(page, best_usable)) &&
            gh_quota_held_ms(set->quota, c) == 0 &&
            !(leased && gh_quota_used_up_ms(set->quota, c, of, QUOTA_ASKED)))
            best_usable = c;
    }
    return best_usable ? best_usable : best;
}

/* Whether the rate per minute allows one more request; counts it. */
static bool per_minute_takes(struct lent_credentials *p, const struct gh_credential *c,
                             enum gh_resource resource)
{
    struct gh_per_minute *per_minute = gh_quota_per_minute(set_of(p, c)->quota, c, resource);
    int64_t now_s = clock_mono_ms() / 1000;
    pthread_mutex_lock(&p->per_minute_lock);
    bool allowed = gh_per_minute_allows(per_minute, now_s);
    if (allowed)
        gh_per_minute_count(per_minute, now_s);
    pthread_mutex_unlock(&p->per_minute_lock);
    return allowed;
}

enum gh_take lent_credentials_take(struct lent_credentials *p, const struct gh_credential *c,
                                   const char *bucket, struct db *db, int64_t *wait_ms_out)
{
    enum gh_resource resource;
    enum gh_take take = GH_TAKEN;
    struct err err;
    struct lent_set *set = set_of(p, c);
    struct quota_ctx ctx = {atomic_load(&p->cfg), db, atomic_load(&p->worker_id)};
    *wait_ms_out = 0;
    if (!resource_of(bucket, &resource))
        return GH_TAKEN;
    if (!gh_quota_take(set->quota, c, resource, QUOTA_ASKED, &ctx, &take, wait_ms_out, &err))
        return GH_TAKEN;
    if (take != GH_TAKEN && atomic_load(&p->cfg) != ctx.cfg)
        gh_quota_ask_again(set->quota); /* denied by settings that were replaced meanwhile */
    if (take != GH_TAKEN || per_minute_takes(p, c, resource))
        return take;
    gh_quota_unused(set->quota, c, resource, QUOTA_ASKED);
    *wait_ms_out = PACE_WAIT_MS;
    return GH_WAIT;
}

void lent_credentials_tell_used_up(struct lent_credentials *p, const struct gh_credential *c,
                                   const char *bucket, int64_t wait_ms)
{
    enum gh_resource resource;
    char at[CLOCK_ISO_SIZE];
    const struct lent_set *set = set_of(p, c);
    if (!resource_of(bucket, &resource))
        return;
    _Atomic int64_t *logged_until = &set->logged_until_ms[c - set->credentials.items][resource];
    int64_t now = clock_mono_ms(), until = atomic_load(logged_until);
    if (now < until || !atomic_compare_exchange_strong(logged_until, &until, now + wait_ms))
        return;
    log_warn("quota.used_up", L_STR("credential", c->label), L_STR("resource", bucket),
             L_STR("work_goes_on", clock_iso(clock_wall_ms() + wait_ms, at)),
             L_STR("note", "until then clients without a credential of their own get stored pages only"));
}

void lent_credentials_answered(struct lent_credentials *p, const struct gh_credential *c, const char *bucket,
                               const struct gh_headers *headers, int64_t asked_ms, bool sound, bool charged)
{
    enum gh_resource resource;
    if (!resource_of(bucket, &resource))
        return;
    struct lent_set *set = set_of(p, c);
    gh_quota_answered(set->quota, c, resource, headers, asked_ms, sound);
    gh_quota_spent(set->quota, c, resource, QUOTA_ASKED, charged);
}

bool lent_credentials_renewing(const struct gh_credential *c, const char *bucket, const char *authorization,
                               int status, bool refused)
{
    enum gh_resource resource;
    (void)resource_of(bucket, &resource);
    if (c->app && refused)
        return gh_app_refused(c->app, c->installation, resource, authorization);
    if (c->app && status < 500 && status != 401)
        gh_app_accepted(c->app, c->installation, resource);
    return false;
}

void lent_credentials_used_up(struct lent_credentials *p, const struct gh_credential *c, const char *bucket,
                              int64_t for_ms)
{
    enum gh_resource resource;
    if (resource_of(bucket, &resource))
        gh_quota_exhausted(set_of(p, c)->quota, c, resource, for_ms);
}

void lent_credentials_raised(struct lent_credentials *p, struct mirror *m)
{
    for (struct lent_set *set = p->current; set; set = set->before) {
        gh_quota_ask_again(set->quota);
        for (size_t i = 0; i < set->credentials.n; i++) {
            unsigned char hash[CREDENTIAL_HASH_BYTES];
            credential_hash_of(&m->secret, set->credentials.items[i].identity, hash);
            for (int r = 0; r < GH_N_RESOURCES; r++)
                rate_view_reopen(m->rate_view, hash, gh_resource_name((enum gh_resource)r));
        }
    }
}

void lent_credentials_hold(struct lent_credentials *p, const struct gh_credential *c, int64_t for_ms)
{
    gh_quota_hold(set_of(p, c)->quota, c, for_ms);
}

bool lent_credentials_share(struct lent_credentials *p, struct db *db, int most, int *in_flight_out,
                            struct err *err)
{
    int n_processes;
    if (!quota_share(db, most, &n_processes, in_flight_out, err))
        return false;
    gh_quota_share(p->current->quota, n_processes);
    return true;
}

void lent_credentials_put_ends(struct lent_credentials *p, struct jw *w)
{
    gh_token_ends_put(gh_quota_token_ends(p->current->quota), w);
}

bool lent_credentials_flush(struct lent_credentials *p, struct db *db, bool give_back, struct err *err)
{
    for (struct lent_set *set = p->current; set; set = set->before) {
        struct quota_ctx ctx = {atomic_load(&p->cfg), db, atomic_load(&p->worker_id)};
        if (!gh_quota_flush(set->quota, &ctx, give_back || set != p->current, err))
            return false;
    }
    return true;
}
