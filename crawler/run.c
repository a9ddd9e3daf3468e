#include "crawler/crawler.h"
#include "crawler/crawler_private.h"
#include <sys/eventfd.h>
#include <unistd.h>

/* Open, start, run until stopped, drain, close. */
bool crawler_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err)
{
    struct crawler c = {.cfg = cfg, .database_url = database_url};
    bool ok = false;
    const struct gh_abandon abandon = {.fd = stop_fd};
    if (!gh_credentials_load(cfg, &abandon, &c.credentials, err))
        return false;
    c.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    c.items = item_memory_create();
    c.quota = gh_quota_create(&c.credentials, quota_store);
    for (size_t i = 0; i < c.credentials.n; i++)
        log_info("credential", L_STR("label", c.credentials.items[i].label),
                 L_STR("kind", c.credentials.items[i].kind));
    if (gh_credential_is_anonymous(&c.credentials.items[0]))
        log_warn("credential.none",
                 L_STR("note", "no GitHub token is set: GitHub allows 60 requests an hour; set GITHUB_TOKEN "
                               "(https://github.com/settings/tokens) for 5,000, and "
                               "restart, or reload (SIGHUP) if it comes from a file"));
    if (c.wake_fd < 0)
        err_errno(err, "eventfd");
    else if (gh_fetcher_start((int)cfg->crawler_concurrency, cfg->github_ca_file, &c.fetcher, err)) {
        if (workers_start(&c, err)) {
            ok = control_run(&c, stop_fd, err); /* stops transport and workers on its way out */
        } else {
            gh_fetcher_stop(c.fetcher);
            workers_stop(&c);
        }
        gh_fetcher_destroy(c.fetcher); /* a store thread may have submitted to it until it ended */
    }
    if (c.wake_fd >= 0)
        close(c.wake_fd);
    gh_quota_destroy(c.quota);
    item_memory_destroy(c.items);
    gh_credentials_finish(&c.credentials);
    return ok;
}
