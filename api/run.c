/* The API's life: open, start, wait, stop. */
#include "api/api.h"
#include "api/auth/auth.h"
#include "api/push/deliver.h"
#include "api/renew.h"
#include "api/request/origin.h"
#include "api/request/request.h"
#include "api/resources/capped_counts.h"
#include "api/resources/events.h"
#include "api/runtime/demo_look.h"
#include "api/runtime/large_answers.h"
#include "api/runtime/metrics.h"
#include "api/runtime/readiness.h"
#include "api/serve/event_body.h"
#include "api/serve/server.h"
#include "core/base/clock.h"
#include "core/base/manager.h"
#include "core/log/log.h"
#include "http/tls.h"
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STATEMENT_TIMEOUT_MS 5000
#define UNLIMITED_MS         60000 /* if the user sets no limit; an HTTP client waits */
#define STREAM_TIMEOUT_MS    60000 /* of a batch: the first one may sort a whole list */
#define DATABASE_THREADS     (SERVER_THREADS - SPARE_THREADS) /* how many may wait for it at once */
#define BRIEF_A_CORE         3           /* short statements at once (docs/benchmarks.md) */
#define MIN_LARGE            2           /* potentially large answers built at once: one a core, */
#define MMAP_FROM_BYTES      (1 << 20)   /* memory returned to the system as soon as it is freed */
#define KEPT_BYTES           (512 << 10) /* by each thread, until the next trim */
#define TRIM_INTERVAL_MS     10000
#define ALIVE_EACH_MS        1000
#define STOP_GRACE_MS        9000
#define TLS_CONNECTIONS_MAX  2048 /* some 40 kB more for each, of the TLS library */

static long n_processors(void)
{
    return sysconf(_SC_NPROCESSORS_ONLN);
}

static struct db_pool *open_pool(const char *url, bool read_only, int connections)
{
    struct db_options options = {.url = url,
                                 .application = "gitomatic api",
                                 .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
                                 .unlimited_ms = UNLIMITED_MS,
                                 .read_only = read_only,
                                 .generic_plans = true};
    long brief = n_processors() * BRIEF_A_CORE;
    if (brief < BRIEF_A_CORE || brief > connections)
        brief = connections;
    return db_pool_create(&options, connections, (int)brief);
}

/* Planned by value: each query differs, and reads much. */
static struct db_pool *open_streams(const struct config *cfg, const char *url, bool read_only)
{
    int64_t most = cfg->export_seconds * 1000;
    struct db_options options = {.url = url,
                                 .application = "gitomatic api stream",
                                 .statement_timeout_ms =
                                     most < STREAM_TIMEOUT_MS ? (int)most : STREAM_TIMEOUT_MS,
                                 .read_only = read_only};
    return db_pool_create(&options, API_STREAMS, API_STREAMS);
}

/* Anyone who can reach an API without a login may use it, so only this machine's users may reach it. */
static bool check_open(const struct config *cfg, const struct listener *listener, struct err *err)
{
    if (cfg->api_auth != API_AUTH_NONE)
        return true;
    if (!listener->loopback)
        return err_set(
            err, ERR_CONFIG,
            "API_AUTH=none: expected API_LISTEN to be a loopback address such as 127.0.0.1:8000, got \"%s\"",
            cfg->api_listen);
    return true;
}

/* Periodically returns memory after a peak: glibc keeps freed memory below memory in use. */
static void wait_for_stop(int stop_fd)
{
    struct pollfd fd = {.fd = stop_fd, .events = POLLIN};
    int64_t trim_at_ms = 0;
    for (int n; (n = poll(&fd, 1, ALIVE_EACH_MS)) == 0 || (n < 0 && errno == EINTR);) {
        manager_alive();
        tls_look();
        if (clock_mono_ms() < trim_at_ms)
            continue;
        malloc_trim(0);
        trim_at_ms = clock_mono_ms() + TRIM_INTERVAL_MS;
    }
}

static bool serve(struct api *api, struct listener *listener, const struct tls_files *tls,
                  const char *database_url, int stop_fd, struct err *err)
{
    struct server *server;
    char url[320];
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);      /* to return memory after each answer costs page faults */
    mallopt(M_MMAP_THRESHOLD, MMAP_FROM_BYTES); /* by default, glibc raises it to the largest block freed */
    if (!server_start(api, listener, tls, &server, err))
        return false;
    if (!api->auth)
        log_warn("api.no_auth",
                 L_STR("why", "API_AUTH=none: every user and program of this machine may read and write"));
    snprintf(url, sizeof url, "%s/github/", api->listen_base);
    log_info("api.listening", L_STR("url", url));
    manager_ready();
    struct deliveries *deliveries = deliveries_start(api, database_url);
    struct renewal *renewal = renewal_start(api);
    wait_for_stop(stop_fd);
    log_info("api.stopping");
    manager_stopping();
    deliveries_stop(deliveries);
    server_stop(server, STOP_GRACE_MS);
    renewal_stop(renewal);
    return true;
}

static bool run(struct api *api, struct listener *listener, const struct tls_files *tls,
                const char *database_url, int stop_fd, struct err *err)
{
    const struct config *cfg = api->cfg;
    int connections = (int)cfg->api_connections;
    struct db_slots slots;
    struct db_gate primary = {.pool = open_pool(database_url, false, connections),
                              .streams = open_streams(cfg, database_url, false),
                              .slots = &slots};
    struct db_gate replica = {
        .pool = cfg->database_read_url ? open_pool(cfg->database_read_url, true, connections) : NULL,
        .streams = cfg->database_read_url ? open_streams(cfg, cfg->database_read_url, true) : NULL,
        .slots = &slots};
    int limit = listen_max_connections();
    db_slots_init(&slots, connections, DATABASE_THREADS);
    api->write = &primary;
    api->read = replica.pool ? &replica : &primary;
    api->metrics = metrics_create();
    api->capped_counts = capped_counts_create();
    api->large_answers = large_answers_create(n_processors() < MIN_LARGE ? MIN_LARGE : (int)n_processors());
    api->connections =
        connections_create(tls->key && limit > TLS_CONNECTIONS_MAX ? TLS_CONNECTIONS_MAX : limit);
    api->auth = cfg->api_auth == API_AUTH_NONE ? NULL : auth_create(api->write, database_url);
    api->events = event_body_hub(api, database_url);
    struct demo_look *look = NULL;
    bool ok = readiness_start(api, &api->readiness, err) && demo_look_start(api, &look, err) &&
              serve(api, listener, tls, database_url, stop_fd, err);
    demo_look_stop(look);
    readiness_stop(api->readiness);
    event_hub_destroy(api->events);
    auth_destroy(api->auth);
    connections_destroy(api->connections);
    metrics_destroy(api->metrics);
    capped_counts_destroy(api->capped_counts);
    large_answers_destroy(api->large_answers);
    db_pool_destroy(replica.streams);
    db_pool_destroy(replica.pool);
    db_pool_destroy(primary.streams);
    db_pool_destroy(primary.pool);
    return ok;
}

static bool open_settings(const struct config *cfg, struct arena *arena, struct origin *origin,
                          struct tls_files *tls, struct listener *listener, struct err *err)
{
    return origin_init(origin, cfg, arena, err) && renewal_read_tls(cfg, tls, err) &&
           listen_open("API_LISTEN", cfg->api_listen, listener, err) && check_open(cfg, listener, err);
}

static void close_settings(struct arena *arena, struct tls_files *tls, struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    tls_finish(tls);
    arena_destroy(arena);
}

bool api_check(const struct config *cfg, struct err *err)
{
    struct arena *arena = arena_create();
    struct origin origin;
    struct tls_files tls = {0};
    struct listener listener = {.fd = -1};
    bool ok = open_settings(cfg, arena, &origin, &tls, &listener, err);
    close_settings(arena, &tls, &listener);
    return ok;
}

bool api_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err)
{
    struct arena *arena = arena_create();
    struct origin origin;
    struct api api = {.cfg = cfg, .origin = &origin};
    struct tls_files tls = {0};
    struct listener listener = {.fd = -1};
    bool ok = open_settings(cfg, arena, &origin, &tls, &listener, err) &&
              run(&api, &listener, &tls, database_url, stop_fd, err);
    close_settings(arena, &tls, &listener);
    if (ok)
        log_info("api.stopped");
    return ok;
}
