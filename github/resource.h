/* resource: the two quotas of a credential that are used (docs.github.com, "Rate limits for the REST API"), and when a start gives up. Plain data. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>

enum gh_resource { GH_CORE, GH_GRAPHQL, GH_N_RESOURCES };

/* When a start stops waiting for GitHub, within a second. */
struct gh_abandon {
    const _Atomic bool *flag; /* it becomes true; NULL: none */
    int fd;                   /* it becomes readable; -1: none */
};
