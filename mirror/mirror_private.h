/* mirror_private: the mirror's shared parts. Private to mirror/. run.c creates it before the first request and destroys it
 * after the last. */
#pragma once
#include "core/config/config.h"
#include "github/passthrough.h"
#include "mirror/cache/memory_cache.h"
#include "mirror/cache/negative.h"
#include "mirror/cache/weakened.h"
#include "mirror/cache/written.h"
#include "mirror/metrics.h"
#include "mirror/upstream/rate_view.h"

struct mirror {
    const struct config *_Atomic cfg; /* may be replaced (SIGHUP); old ones stay valid */
    const char *database_url;
    struct secret secret;
    char name[9];                       /* of this process, to other mirrors */
    char upstream[1024], graphql[1024]; /* GITHUB_API_URL and its GraphQL URL, without a slash at the end */
    char uploads[1024];                 /* its URL for release assets; "": none */
    struct gh_passthrough *passthrough;
    struct memory_cache *memory_cache;
    struct negative *negative;
    struct written *written;
    struct weakened weakened;
    struct rate_view *rate_view;
    struct flights *flights;
    struct db_workers *db_workers;
    struct access *access;
    struct upstream_health *upstream_health;
    struct lent_credentials *lent_credentials; /* NULL: clients use their own credentials */
    struct mirror_metrics *metrics;
    _Atomic bool draining;
    _Atomic bool takes_no_more; /* requests that would have to wait: the server is about to end */
    _Atomic int n_waiting;      /* exchanges whose connection is suspended, or about to be */
};
