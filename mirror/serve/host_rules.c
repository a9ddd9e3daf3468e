#include "mirror/serve/host_rules.h"
#include "http/forwarded.h"
#include <stdio.h>

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

const char *host_rules_forwarded(const struct host_rules *rules, const struct fields *fields,
                                 const struct network *peer, const char **scheme_out, char *room, size_t size)
{
    const struct forwarded_fields claims = {
        slice_of(fields_get(fields, "X-Forwarded-For")), slice_of(fields_get(fields, "X-Forwarded-Proto")),
        slice_of(fields_get(fields, "X-Forwarded-Host")), slice_of(fields_get(fields, "Forwarded"))};
    struct forwarded said = {0};
    forwarded_read(&rules->proxies, peer, &claims, &said);
    *scheme_out = said.scheme;
    if (!said.host.ptr)
        return fields_get(fields, "Host");
    snprintf(room, size, "%.*s", SLICE_ARG(said.host));
    return room;
}
