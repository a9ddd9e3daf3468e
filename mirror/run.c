/* The mirror's life: open, start, supervise until stopped, drain, close. The main thread receives purges by other
 * processes, and keeps this one registered as a worker (which holds its leases of quota). */
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/manager.h"
#include "core/config/reload.h"
#include "core/json/jw.h"
#include "github/url.h"
#include "http/tls.h"
#include "mirror/flight/flight.h"
#include "mirror/flight/invalidate.h"
#include "mirror/mirror.h"
#include "mirror/request/uploads.h"
#include "mirror/serve/server.h"
#include "mirror/store/db_workers.h"
#include "mirror/upstream/access.h"
#include "mirror/upstream/lent_credentials.h"
#include "mirror/upstream/upstream_health.h"
#include "schema/mirror.h"
#include "schema/queue/jobs.h"
#include "schema/queue/quota.h"
#include <poll.h>
#include <sodium.h>
#include <stdio.h>

#define IN_FLIGHT    100 /* GitHub's limit of concurrent requests of one user */
#define TICK_MS      100
#define FLUSH_MS     1000
#define HEARTBEAT_MS 5000
#define RETRY_MS     1000
#define DRAIN_MS     9000

/* This process as a worker: one connection, used by the main thread. */
struct presence {
    struct db *db; /* NULL: unavailable */
    int64_t worker_id, heartbeat_at_ms, retry_at_ms, flush_at_ms;
    int64_t share_at_ms; /* 0: other processes do not know yet that it shares their credentials */
};

static bool set_bases(struct mirror *m, struct err *err)
{
    AUTO_ARENA a = arena_create();
    snprintf(m->upstream, sizeof m->upstream, "%s", m->cfg->github_api_url);
    for (size_t n = strlen(m->upstream); n && m->upstream[n - 1] == '/'; n--)
        m->upstream[n - 1] = '\0';
    snprintf(m->graphql, sizeof m->graphql, "%s", gh_url_graphql(a, m->upstream));
    uploads_of_api(m->upstream, m->uploads, sizeof m->uploads);
    return strlen(m->cfg->github_api_url) < 900 ||
           err_set(err, ERR_CONFIG, "GITHUB_API_URL is too long for the mirror");
}

/* ---- presence ---- */

static bool come(struct mirror *m, struct presence *p, struct err *err)
{
    const struct db_options options = {.url = m->database_url,
                                       .application = "gitomatic mirror control",
                                       .statement_timeout_ms = 5000,
                                       .abandon = db_workers_hang(m->db_workers)};
    return db_open(&options, &p->db, err) && workers_register(p->db, "mirror", &p->worker_id, err) &&
           db_listen(p->db, MIRROR_CHANNEL, err) &&
           (!m->lent_credentials ||
            (db_listen(p->db, QUOTA_CHANNEL, err) &&
             lent_credentials_register(m->lent_credentials, p->db, p->worker_id, err)));
}

static void lost(struct presence *p, const struct err *err)
{
    log_debug("mirror.presence_lost", L_STR("why", err->text));
    db_close(p->db);
    p->db = NULL;
    p->share_at_ms = 0;
    p->heartbeat_at_ms = 0;
    p->retry_at_ms = clock_mono_ms() + RETRY_MS;
}

/* The database was available a moment ago (database_wait). If it is lost, this reconnects later. */
static bool come_first(struct mirror *m, struct presence *p, struct err *err)
{
    if (come(m, p, err))
        return true;
    if (err_code_retry(err->code) == RETRY_NEVER)
        return false;
    lost(p, err);
    return true;
}

static bool share(struct mirror *m, struct presence *p, struct err *err)
{
    int in_flight;
    if (!m->lent_credentials || !p->share_at_ms || clock_mono_ms() < p->share_at_ms)
        return true;
    if (!lent_credentials_share(m->lent_credentials, p->db, IN_FLIGHT, &in_flight, err))
        return false;
    gh_passthrough_set_lent(m->passthrough, in_flight);
    return true;
}

/* After the first heartbeat the others make room; until the next one it uses the part reserved for newcomers. */
static bool announce(struct mirror *m, struct presence *p, struct err *err)
{
    if (!m->lent_credentials || p->share_at_ms)
        return true;
    p->share_at_ms = clock_mono_ms() + HEARTBEAT_MS / 2;
    gh_passthrough_set_lent(m->passthrough, QUOTA_FOR_NEWCOMERS);
    return quota_newcomer(p->db, err);
}

/* Shown on the dashboard of the API, another process. */
static void put_totals(struct jw *w, const struct mirror_metrics *metrics)
{
    struct mirror_totals totals;
    mirror_metrics_totals(metrics, &totals);
    jw_ki64(w, "answered", (int64_t)totals.requests);
    jw_ki64(w, "hits", (int64_t)totals.hits);
    jw_key(w, "saved");
    jw_object(w);
    for (int i = 0; i < N_SAVINGS; i++)
        jw_ki64(w, mirror_saving_name((enum saving)i), (int64_t)totals.saved[i]);
    jw_end_object(w);
}

/* Credentials that a reload added. Notifies the other processes that one more shares them. */
static bool settle(struct mirror *m, struct presence *p, struct err *err)
{
    bool changed;
    if (!m->lent_credentials)
        return true;
    bool ok = lent_credentials_settle(m->lent_credentials, p->db, &changed, err);
    if (changed)
        p->share_at_ms = p->heartbeat_at_ms = 0;
    return ok;
}

static bool beat(struct mirror *m, struct presence *p, struct err *err)
{
    struct jw w;
    bool known = true;
    struct gh_passthrough_stats stats;
    int64_t now = clock_mono_ms();
    if (!settle(m, p, err))
        return false;
    if (m->lent_credentials && now >= p->flush_at_ms) {
        p->flush_at_ms = now + FLUSH_MS;
        if (!lent_credentials_flush(m->lent_credentials, p->db, false, err))
            return false;
    }
    if (now < p->heartbeat_at_ms)
        return true;
    p->heartbeat_at_ms = now + HEARTBEAT_MS;
    gh_passthrough_stats(m->passthrough, &stats);
    AUTO_BUF info = {0};
    jw_init(&w, &info, 0);
    jw_object(&w);
    jw_ki64(&w, "in_flight", stats.in_flight);
    jw_ki64(&w, "requests", (int64_t)stats.requests);
    jw_kbool(&w, "pool", m->lent_credentials != NULL);
    jw_kcstr(&w, "upstream", m->upstream);
    put_totals(&w, m->metrics);
    if (m->lent_credentials)
        lent_credentials_put_ends(m->lent_credentials, &w);
    jw_end_object(&w);
    bool sent = workers_heartbeat(p->db, p->worker_id, buf_slice(&info), &known, err);
    if (!sent)
        return false;
    if (!known)
        return err_set(err, ERR_LOST, "mirror lease expired");
    return share(m, p, err) && announce(m, p, err);
}

/* Waits a tick, or until something happens. */
static void wait_a_tick(struct mirror *m, struct presence *p, int stop_fd)
{
    const char *channel, *message;
    struct err err;
    if (!p->db) {
        struct pollfd fd = {.fd = stop_fd, .events = POLLIN};
        poll(&fd, 1, TICK_MS);
        if (!settle(m, p, &err))
            log_debug("mirror.settle", L_STR("why", err.text));
        if (clock_mono_ms() < p->retry_at_ms)
            return;
        if (come(m, p, &err))
            invalidate_missed(m);
        else
            lost(p, &err);
        return;
    }
    if (!db_wait(p->db, TICK_MS, &stop_fd, 1, &channel, &message, &err) || !beat(m, p, &err)) {
        lost(p, &err);
        return;
    }
    if (channel && strcmp(channel, QUOTA_CHANNEL) == 0) {
        if (m->lent_credentials && quota_says_raised(message))
            lent_credentials_raised(m->lent_credentials, m);
        if (!share(m, p, &err))
            lost(p, &err);
    } else if (channel) {
        invalidate_by_message(m, message);
    }
}

static void leave(struct mirror *m, struct presence *p)
{
    struct err err;
    if (p->db && ((m->lent_credentials && !lent_credentials_flush(m->lent_credentials, p->db, true, &err)) ||
                  !workers_remove(p->db, p->worker_id, &err)))
        log_debug("mirror.left_uncleanly", L_STR("why", err.text));
    db_close(p->db);
}

/* ---- start and stop ---- */

static bool stop_asked(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static bool open_parts(struct mirror *m, int stop_fd, struct err *err)
{
    if (sodium_init() < 0)
        return err_set(err, ERR_SYSTEM, "libsodium can't start");
    m->metrics = mirror_metrics_create();
    m->rate_view = rate_view_create();
    m->memory_cache = memory_cache_create((size_t)m->cfg->mirror_memory_mb * 1024 * 1024);
    m->negative = negative_create();
    m->written = written_create();
    snprintf(m->name, sizeof m->name, "%08x", randombytes_random());
    m->flights = flights_create();
    m->access = access_create(m->cfg->github_users);
    return set_bases(m, err) &&
           (m->cfg->mirror_credentials != MIRROR_POOL ||
            lent_credentials_create(m->cfg, stop_fd, &m->lent_credentials, err)) &&
           db_workers_start(m, stop_fd, &m->db_workers, err) &&
           gh_passthrough_start(IN_FLIGHT, m->cfg->github_ca_file, &m->passthrough, err);
}

static void close_parts(struct mirror *m)
{
    db_workers_stop(m->db_workers); /* their tasks use the passthrough */
    gh_passthrough_destroy(m->passthrough);
    upstream_health_destroy(m->upstream_health);
    lent_credentials_destroy(m->lent_credentials);
    access_destroy(m->access);
    flights_destroy(m->flights);
    written_destroy(m->written);
    negative_destroy(m->negative);
    memory_cache_destroy(m->memory_cache);
    rate_view_destroy(m->rate_view);
    mirror_metrics_destroy(m->metrics);
}

/* Clients that wait for a flight get their answers, and the server sends its last bytes. */
static void drain(struct mirror *m, struct mirror_server *server)
{
    atomic_store(&m->draining, true);
    mirror_server_drain(server, DRAIN_MS);
    gh_passthrough_stop(m->passthrough, 500);
    for (int64_t until = clock_mono_ms() + 2000;
         (flights_under_way(m->flights) || atomic_load(&m->n_waiting)) && clock_mono_ms() < until;)
        clock_sleep_ms(5);
    mirror_server_destroy(server);
}

struct renewal {
    struct mirror *mirror;
    struct mirror_server *server;
};

/* At SIGHUP. Steps that can fail come first, so that a refusal changes nothing. */
static bool take_settings(void *owner, const struct config *cfg, struct err *err)
{
    const struct renewal *r = owner;
    struct mirror *m = r->mirror;
    struct lent_set *lent = NULL;
    if (m->lent_credentials && !lent_credentials_prepare(m->lent_credentials, cfg, &lent, err))
        return false;
    if (!mirror_server_renew(r->server, cfg, err)) {
        lent_credentials_discard(lent);
        return false;
    }
    if (m->lent_credentials)
        lent_credentials_renew(m->lent_credentials, cfg, lent);
    access_set_users(m->access, cfg->github_users);
    m->cfg = cfg;
    return true;
}

bool mirror_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err)
{
    struct mirror m = {.cfg = cfg, .database_url = database_url};
    struct presence presence = {0};
    struct mirror_server *server = NULL;
    bool ok = open_parts(&m, stop_fd, err);
    if (ok)
        gh_passthrough_set_lent(m.passthrough, QUOTA_FOR_NEWCOMERS);
    if (ok) {
        m.upstream_health = upstream_health_create(&m);
        ok = come_first(&m, &presence, err) && mirror_server_start(&m, &server, err);
    }
    if (ok) {
        log_info("mirror.listening", L_STR("url", mirror_server_url(server)), L_STR("upstream", m.upstream),
                 L_STR("socket", cfg->mirror_socket ? cfg->mirror_socket : "none"));
        manager_ready();
        struct renewal renewal = {&m, server};
        reload_attend(take_settings, &renewal);
        while (!stop_asked(stop_fd)) {
            manager_alive();
            tls_look();
            upstream_health_tick(m.upstream_health);
            wait_a_tick(&m, &presence, stop_fd);
        }
        if (m.lent_credentials)
            lent_credentials_stop(m.lent_credentials);
        reload_leave();
        log_info("mirror.stopping");
        manager_stopping();
    }
    drain(&m, server);
    leave(&m, &presence);
    close_parts(&m);
    if (ok)
        log_info("mirror.stopped");
    return ok;
}
