/* The crawler's control loop: registers this worker, claims jobs while there is room, keeps the lease alive, and does the
 * queue's housekeeping, which any crawler may do. Its connection is the worker's session: the worker lives as long as it does. */
#include "core/base/clock.h"
#include "core/base/manager.h"
#include "core/config/reload.h"
#include "core/json/jw.h"
#include "crawler/crawler_private.h"
#include "schema/mirror.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define HEARTBEAT_MS   5000
#define TICK_MS        1000
#define MAX_CLAIMS     200
#define INFO_MAX_BYTES 8192

struct control {
    struct crawler *crawler;
    struct db *db;
    struct arena *arena;
    int64_t tick_at, heartbeat_at;
    int64_t look_at;  /* when to look for requested jobs while those of discovery fill their share */
    uint64_t reloads; /* the signals that were heeded */
    bool has_share_secret;
};

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static bool register_worker(struct control *d, struct err *err)
{
    int64_t id;
    struct crawler *c = d->crawler;
    if (!workers_register(d->db, "crawler", &id, err) || !db_listen(d->db, JOBS_CHANNEL, err) ||
        !db_listen(d->db, QUOTA_CHANNEL, err))
        return false;
    for (size_t i = 0; i < c->credentials.n; i++) {
        const struct gh_credential *one = &c->credentials.items[i];
        if (!gh_credential_has_ended(one) && !quota_register(d->db, one->label, one->kind, (int)i, err))
            return false;
    }
    atomic_store(&c->worker_id, id);
    log_info("crawler.registered", L_I64("worker", id));
    return quota_newcomer(d->db, err) && jobs_wake(d->db, err);
}

static bool note_use(void *ctx, const struct gh_credential *c, bool in_use, struct err *err)
{
    return quota_use(ctx, c->label, c->kind, c->position, in_use, err);
}

/* A GitHub App was installed somewhere, or uninstalled. What waits for quota may have some now. SIGHUP looks at once. */
static bool renew_credentials(struct control *d, struct err *err)
{
    struct gh_credentials *all = &d->crawler->credentials;
    size_t before = all->n;
    uint64_t changes = all->app_changes;
    uint64_t reloads = reload_count();
    if (all->app && reloads != d->reloads)
        gh_app_look(all->app);
    d->reloads = reloads;
    if (!gh_credentials_renew(all, note_use, d->db, err))
        return false;
    for (size_t i = before; i < all->n; i++)
        log_info("credential", L_STR("label", all->items[i].label), L_STR("kind", all->items[i].kind));
    return all->app_changes == changes || jobs_wake(d->db, err);
}

/* Jobs in memory at most. */
static int capacity(const struct crawler *c)
{
    int twice = (int)c->cfg->crawler_concurrency * 2;
    return twice < 16 ? 16 : twice;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* How many jobs to claim, and how many of discovery's at most. A quarter of the memory is closed to discovery, so that
 * requested jobs find a slot however long the lists are that discovery reads. Claims come in batches, since one costs the same for one
 * job as for ten, but requested jobs do not wait until a whole batch fits. */
struct room {
    int all, background;
};
static struct room room(const struct control *d)
{
    const struct crawler *c = d->crawler;
    int share = capacity(c) / 4, background = atomic_load(&c->n_background);
    int left = capacity(c) - atomic_load(&c->n_works), left_background = capacity(c) - share - background;
    bool batch = left >= share && least(left, left_background) >= share;
    bool reserved = capacity(c) - left - background < share; /* requested ones do not fill it */
    if (left <= 0 || (!batch && !(reserved && clock_mono_ms() >= d->look_at)))
        return (struct room){0, 0};
    return (struct room){least(left, MAX_CLAIMS), batch ? least(left_background, MAX_CLAIMS) : 0};
}

/* Jobs that do nothing end as one work, by one statement, while the next ones are claimed. */
static void hand_over_noops(struct crawler *c, const struct job *jobs, int n)
{
    struct work *w = NULL;
    struct job_batch *batch = NULL;
    for (int i = 0; i < n; i++) {
        if (jobs[i].kind != JOB_NOOP)
            continue;
        if (!w) {
            w = work_create(c, &jobs[i]);
            w->state = batch = arena_alloc(w->arena, sizeof *batch + (size_t)n * sizeof batch->jobs[0]);
        }
        batch->jobs[batch->n++] = (struct job){.id = jobs[i].id, .lease = jobs[i].lease};
    }
    if (w)
        workers_ready(c, w);
}

/* *full_out: as many were found as were wanted, so there may be more. */
static bool claim(struct control *d, bool *full_out, struct err *err)
{
    struct job jobs[MAX_CLAIMS];
    struct crawler *c = d->crawler;
    struct room want = room(d);
    int n = 0;
    *full_out = false;
    if (!want.all)
        return true;
    arena_reset(d->arena);
    if (!jobs_claim(d->db, atomic_load(&c->worker_id), want.all, want.background, d->arena, jobs, &n, err))
        return false;
    d->look_at = n ? 0 : clock_mono_ms() + TICK_MS / 4; /* none waits: until a notification, or briefly */
    for (int i = 0; i < n; i++)
        if (jobs[i].kind != JOB_NOOP)
            workers_ready(c, work_create(c, &jobs[i]));
    hand_over_noops(c, jobs, n);
    *full_out = n == want.all || (want.background && n >= want.background);
    return true;
}

static const struct gh_credential *credential_of(const struct crawler *c, slice label)
{
    for (size_t i = 0; i < c->credentials.n; i++)
        if (slice_eq(label, slice_of(c->credentials.items[i].label)))
            return &c->credentials.items[i];
    return NULL;
}

/* A pause of a credential applies to every crawler. */
static bool read_holds(struct control *d, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct crawler *c = d->crawler;
    if (!quota_holds(d->db, &rows, err))
        return false;
    for (int row = 0; row < rows.n; row++) {
        struct quota_hold hold;
        quota_hold_from_row(&rows, row, &hold);
        const struct gh_credential *held = credential_of(c, hold.credential);
        if (held && hold.for_ms > gh_quota_held_ms(c->quota, held))
            gh_quota_hold(c->quota, held, hold.for_ms);
        if (held && hold.for_ms < -60000 && hold.blocks && !quota_unblock(d->db, held->label, err))
            return false;
    }
    return true;
}

/* Another process was refused for lack of units: units leased here are void, too. */
static bool read_used_up(struct control *d, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct crawler *c = d->crawler;
    if (!quota_used_up_now(d->db, &rows, err))
        return false;
    for (int row = 0; row < rows.n; row++) {
        struct quota_used_up found;
        quota_used_up_from_row(&rows, row, &found);
        const struct gh_credential *of = credential_of(c, found.credential);
        for (int r = 0; of && r < GH_N_RESOURCES; r++)
            if (slice_eq(found.resource, slice_of(gh_resource_name((enum gh_resource)r))))
                gh_quota_exhausted(c->quota, of, (enum gh_resource)r, found.wait_ms);
    }
    return true;
}

static bool return_leases(struct control *d, struct err *err)
{
    struct crawler *c = d->crawler;
    struct job unreturned_leases[ARRAY_LEN(c->unreturned_leases)];
    pthread_mutex_lock(&c->lock);
    int n = c->n_unreturned_leases;
    memcpy(unreturned_leases, c->unreturned_leases, sizeof unreturned_leases[0] * (size_t)n);
    c->n_unreturned_leases = 0;
    pthread_mutex_unlock(&c->lock);
    for (int i = 0; i < n; i++) {
        if (jobs_release(d->db, &unreturned_leases[i], err))
            continue;
        for (; i < n; i++)
            crawler_note_unreturned_lease(c, &unreturned_leases[i]);
        return false;
    }
    return true;
}

static bool share(struct control *d, struct err *err)
{
    struct crawler *c = d->crawler;
    int n_processes, ceiling;
    if (!quota_share(d->db, (int)c->cfg->crawler_concurrency, &n_processes, &ceiling, err))
        return false;
    gh_quota_share(c->quota, n_processes);
    gh_fetcher_set_ceiling(c->fetcher, ceiling);
    return true;
}

/* Pages are stored for a mirror only while one runs, since it also bounds its cache. */
static bool look_for_mirror(struct control *d, struct err *err)
{
    struct crawler *c = d->crawler;
    bool alive = false;
    if (!mirror_alive(d->db, &alive, err))
        return false;
    if (alive && !d->has_share_secret && !mirror_key(d->db, NULL, c->share_secret.bytes, err))
        return false;
    d->has_share_secret = d->has_share_secret || alive;
    if (alive != atomic_exchange(&c->shares, alive))
        log_info(alive ? "crawler.shares_with_mirror" : "crawler.mirror_sharing_stopped");
    return true;
}

/* For `gitomatic status`: which server it is, and since when it does not answer. */
static void put_github(struct jw *w, struct crawler *c)
{
    char why[sizeof c->away_why];
    jw_kcstr(w, "upstream", c->cfg->github_api_url);
    pthread_mutex_lock(&c->lock);
    int64_t since = failing_in_general(&c->failing) ? c->failing.since_ms : 0;
    memcpy(why, c->away_why, sizeof why);
    pthread_mutex_unlock(&c->lock);
    if (!atomic_load(&c->github_away) || !since)
        return;
    jw_key(w, "away_since");
    jw_time(w, since);
    jw_kcstr(w, "away_why", why);
}

static bool heartbeat(struct control *d, struct err *err)
{
    struct crawler *c = d->crawler;
    struct gh_fetcher_stats stats;
    struct jw w;
    bool known;
    gh_fetcher_stats(c->fetcher, &stats);
    AUTO_BUF info = {.max = INFO_MAX_BYTES};
    jw_init(&w, &info, 0);
    jw_object(&w);
    jw_ki64(&w, "jobs", atomic_load(&c->n_works));
    jw_ki64(&w, "in_flight", stats.in_flight);
    jw_ki64(&w, "window", stats.window);
    jw_ki64(&w, "requests", (int64_t)stats.requests);
    jw_ki64(&w, "pages", (int64_t)atomic_load(&c->n_pages));
    jw_key(&w, "outcomes");
    jw_object(&w);
    for (int i = 0; i < GH_N_OUTCOMES; i++)
        jw_ki64(&w, gh_outcome_name((enum gh_outcome)i), (int64_t)atomic_load(&c->n_outcomes[i]));
    jw_end_object(&w);
    gh_token_ends_put(gh_quota_token_ends(c->quota), &w);
    put_github(&w, c);
    jw_end_object(&w);
    bool sent = workers_heartbeat(d->db, atomic_load(&c->worker_id), buf_slice(&info), &known, err);
    if (!sent)
        return false;
    if (known)
        return share(d, err) && look_for_mirror(d, err);
    return err_set(err, ERR_LOST, "worker lease expired");
}

/* Continuous discovery: starts another run as soon as there is room and quota for its work. */
static bool keep_discovering(struct control *d, struct err *err)
{
    const struct config *cfg = d->crawler->cfg;
    const struct quota_floor floor = {cfg->rate_limit_stop_threshold, cfg->discovery_quota_share};
    const struct gh_credentials *credentials = &d->crawler->credentials;
    slice labels[MAX_CREDENTIALS];
    size_t n = 0;
    bool enqueued;
    if (cfg->discovery_mode != DISCOVERY_CONTINUOUS)
        return true;
    for (size_t i = 0; i < credentials->n && n < MAX_CREDENTIALS; i++)
        if (!gh_credential_has_ended(&credentials->items[i]))
            labels[n++] = slice_of(credentials->items[i].label);
    if (!discovery_continue(d->db, capacity(d->crawler), &floor, labels, n, &enqueued, err))
        return false;
    if (enqueued)
        log_debug("discovery.continues");
    return true;
}

static bool tick(struct control *d, struct err *err)
{
    int64_t now = clock_mono_ms(), n, jobs;
    struct quota_ctx ctx = {d->crawler->cfg, d->db, atomic_load(&d->crawler->worker_id)};
    if (now < d->tick_at)
        return true;
    d->tick_at = now + TICK_MS;
    if (!jobs_due(d->db, &n, err) || !gh_quota_flush(d->crawler->quota, &ctx, false, err) ||
        !return_leases(d, err) || !renew_credentials(d, err) || !read_holds(d, err) ||
        !keep_discovering(d, err))
        return false;
    if (now < d->heartbeat_at)
        return true;
    d->heartbeat_at = now + HEARTBEAT_MS;
    if (!heartbeat(d, err) || !workers_reap(d->db, atomic_load(&d->crawler->worker_id), &n, &jobs, err))
        return false;
    if (n)
        log_info("workers.reaped", L_I64("workers", n), L_I64("jobs", jobs));
    return true;
}

/* Jobs that wait for the reset of a raised limit are due. */
static bool hear_of_quota(struct control *d, const char *message, struct err *err)
{
    bool raised = quota_says_raised(message);
    if (raised)
        gh_quota_ask_again(d->crawler->quota);
    return read_holds(d, err) && read_used_up(d, err) && share(d, err) && (!raised || jobs_wake(d->db, err));
}

static bool turn(struct control *d, int stop_fd, struct err *err)
{
    const int fds[] = {d->crawler->wake_fd, stop_fd};
    const char *channel, *payload;
    bool full;
    eventfd_t drained;
    if (!tick(d, err) || !claim(d, &full, err))
        return false;
    if (full)
        return true;
    if (!db_wait(d->db, TICK_MS / 4, fds, 2, &channel, &payload, err))
        return false;
    if (readable(d->crawler->wake_fd) && eventfd_read(d->crawler->wake_fd, &drained) != 0)
        return err_errno(err, "eventfd");
    if (channel && strcmp(channel, QUOTA_CHANNEL) == 0)
        return hear_of_quota(d, payload, err);
    if (channel)
        d->look_at = 0;
    return true;
}

/* Connects and registers, however long the database is unavailable. False: time to stop. */
static bool come_back(struct control *d, int stop_fd)
{
    struct db_options options = {
        .url = d->crawler->database_url, .application = "gitomatic crawler control", .by_key = true};
    struct err err;
    atomic_store(&d->crawler->worker_id, 0);
    for (int64_t wait_ms = 200; !readable(stop_fd); wait_ms = wait_ms < 5000 ? wait_ms * 2 : 5000) {
        manager_alive();
        db_close(d->db);
        d->db = NULL;
        int64_t n, jobs;
        if (db_open(&options, &d->db, &err) && register_worker(d, &err) &&
            workers_reap(d->db, atomic_load(&d->crawler->worker_id), &n, &jobs, &err)) {
            gh_quota_void(d->crawler->quota);
            return true;
        }
        log_warn("crawler.database_away", L_STR("why", err.text), L_I64("again_in_ms", wait_ms));
        struct pollfd p = {.fd = stop_fd, .events = POLLIN};
        if (poll(&p, 1, (int)wait_ms) < 0 && errno != EINTR)
            return false;
    }
    return false;
}

/* All claimed jobs have ended or were put back; jobs that a lost connection left are returned here. */
static void leave(struct control *d)
{
    struct err err;
    int64_t id = atomic_load(&d->crawler->worker_id);
    struct quota_ctx ctx = {d->crawler->cfg, d->db, id};
    if (!d->db || !id)
        return;
    if (!jobs_release_all(d->db, id, &err) || !gh_quota_flush(d->crawler->quota, &ctx, true, &err) ||
        !workers_remove(d->db, id, &err))
        log_warn("crawler.left_uncleanly", L_STR("why", err.text));
}

bool control_run(struct crawler *c, int stop_fd, struct err *err)
{
    struct control d = {.crawler = c, .arena = arena_create(), .reloads = reload_count()};
    struct db_options options = {
        .url = c->database_url, .application = "gitomatic crawler control", .by_key = true};
    /* The database was available a moment ago (database_wait). If it is lost from here on, the loop waits for it. */
    bool ok = db_open(&options, &d.db, err) && register_worker(&d, err) && share(&d, err) &&
              look_for_mirror(&d, err);
    if (!ok)
        ok = err_code_retry(err->code) != RETRY_NEVER && (come_back(&d, stop_fd) || readable(stop_fd));
    if (ok)
        manager_ready();
    while (ok && !readable(stop_fd)) {
        manager_alive();
        if (turn(&d, stop_fd, err))
            continue;
        log_warn("crawler.control_lost", L_STR("why", err->text));
        if (!come_back(&d, stop_fd))
            break;
    }
    manager_stopping();
    atomic_store(&c->stopping, true);
    gh_fetcher_stop(c->fetcher);
    workers_stop(c);
    leave(&d);
    db_close(d.db);
    arena_destroy(d.arena);
    return ok;
}
