/* host_rules: accepted hosts and trusted proxies of one set of settings. */
#pragma once
#include "core/config/config.h"
#include "http/fields.h"
#include "http/hosts.h"
#include "http/networks.h"

struct host_rules {
    const struct config *cfg;
    struct arena *arena;
    struct hosts hosts;
    struct network_list proxies;
    struct host_rules *before;
};

/* Those of ALLOWED_HOSTS, TRUSTED_PROXIES, MIRROR_LISTEN and GITHUB_MIRROR_URL or PUBLIC_URL: looked up in *all, and added
 * to it if they are new. Requests may read any of them until host_rules_finish(). NULL: ERR_CONFIG. One thread. */
const struct host_rules *host_rules_of(struct host_rules **all, const struct config *cfg, struct err *err);
/* The host and scheme according to a trusted proxy; the host is in `room` if it is not the Host header. */
const char *host_rules_forwarded(const struct host_rules *rules, const struct fields *fields,
                                 const struct network *peer, const char **scheme_out, char *room,
                                 size_t size);
void host_rules_finish(struct host_rules **all);
