#include "mirror/serve/host_rules.h"

const struct host_rules *host_rules_of(struct host_rules **all, const struct config *cfg, struct err *err)
{
    for (const struct host_rules *one = *all; one; one = one->before)
        if (one->cfg == cfg)
            return one;
    struct arena *a = arena_create();
    struct host_rules *one = arena_array(a, 1, sizeof *one);
    *one = (struct host_rules){.cfg = cfg, .arena = a, .before = *all};
    if (hosts_read(&one->hosts, cfg->allowed_hosts, cfg->mirror_listen,
                   cfg->github_mirror_url ? cfg->github_mirror_url : cfg->public_url, a, err) &&
        networks_parse(a, "TRUSTED_PROXIES", cfg->trusted_proxies, &one->proxies, err)) {
        *all = one;
        return one;
    }
    arena_destroy(a);
    return NULL;
}

void host_rules_finish(struct host_rules **all)
{
    while (*all) {
        struct host_rules *before = (*all)->before;
        arena_destroy((*all)->arena); /* it is in this arena */
        *all = before;
    }
}
