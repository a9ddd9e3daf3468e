/* mirror_private: the mirror's shared parts. Private to mirror/. Made by run.c before any request, ended by it after the last. */
#pragma once
#include "core/config/config.h"
#include "github/passthrough.h"
#include "mirror/cache/memory_cache.h"
#include "mirror/cache/negative.h"
#include "mirror/cache/written.h"
#include "mirror/metrics.h"
#include "mirror/upstream/rate_view.h"

struct mirror {
    const struct config *_Atomic cfg; /* may become another one (SIGHUP); what it held lives on */
    const char *database_url;
    struct secret secret;
    char name[9]; /* of this process, to other mirrors */
    char upstream[1024],
        graphql[1024];  /* GITHUB_API_URL and where its GraphQL is, without a slash at the end */
    char uploads[1024]; /* where it takes release assets; "": nowhere */
    struct gh_passthrough *passthrough;
    struct memory_cache *memory_cache;
    struct negative *negative;
    struct written *written;
    struct rate_view *rate_view;
    struct flights *flights;
    struct db_workers *db_workers;
    struct access *access;
    struct upstream_health *upstream_health;
    struct lent_credentials *lent_credentials; /* NULL: clients bring their own credentials */
    struct mirror_metrics *metrics;
    _Atomic bool draining;
};
