/* The API's life: open, start, wait, stop. */
#include "api/api.h"
#include "api/auth.h"
#include "api/many.h"
#include "api/metrics.h"
#include "api/request.h"
#include "api/server.h"
#include "core/log/log.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define POOL_CONNECTIONS     6 /* one a server thread, and two for checking credentials */
#define STATEMENT_TIMEOUT_MS 5000
#define STOP_GRACE_MS        9000

static struct db_pool *open_pool(const char *url, bool read_only)
{
    struct db_options options = {.url = url,
                                 .application = "gitomatic api",
                                 .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
                                 .read_only = read_only,
                                 .generic_plans = true};
    return db_pool_create(&options, POOL_CONNECTIONS);
}

/* PUBLIC_URL as links begin: without slashes at its end, and with nothing a JSON string would have to escape. */
static bool find_public_base(const struct config *cfg, char *out, size_t size, struct err *err)
{
    snprintf(out, size, "%s", cfg->public_url ? cfg->public_url : "");
    for (size_t n = strlen(out); n && out[n - 1] == '/'; n--)
        out[n - 1] = '\0';
    for (const char *c = out; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"\\<>", *c))
            return err_set(err, ERR_CONFIG,
                           "PUBLIC_URL: got \"%.100s\", expected an address without spaces and quotes",
                           cfg->public_url);
    return true;
}

static void wait_for_stop(int stop_fd)
{
    struct pollfd fd = {.fd = stop_fd, .events = POLLIN};
    while (poll(&fd, 1, -1) < 0 && errno == EINTR)
        ;
}

bool api_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err)
{
    char base[512];
    struct api api = {.cfg = cfg, .public_base = cfg->public_url ? base : NULL};
    struct server *server = NULL;
    if (!find_public_base(cfg, base, sizeof base, err))
        return false;
    struct gate primary = {.pool = open_pool(database_url, false)};
    struct gate replica = {.pool = cfg->database_read_url ? open_pool(cfg->database_read_url, true) : NULL};
    api.write = &primary;
    api.read = replica.pool ? &replica : &primary;
    api.metrics = metrics_create();
    api.many = many_create();
    api.auth = auth_create(api.write, database_url);
    bool ok = server_start(&api, cfg->api_listen, &server, err);
    if (ok) {
        char url[320];
        snprintf(url, sizeof url, "%s/github/", api.listen_base);
        log_info("api.listening", L_STR("url", url));
        wait_for_stop(stop_fd);
        log_info("api.stopping");
    }
    server_stop(server, STOP_GRACE_MS);
    auth_destroy(api.auth);
    metrics_destroy(api.metrics);
    many_destroy(api.many);
    db_pool_destroy(replica.pool);
    db_pool_destroy(primary.pool);
    if (ok)
        log_info("api.stopped");
    return ok;
}
