/* engine: the mirror's shared parts. Private to mirror/. Made by run.c before any request, ended by it after the last. */
#pragma once
#include "core/config/config.h"
#include "github/passthrough.h"
#include "mirror/memory_cache.h"
#include "mirror/metrics.h"
#include "mirror/negative.h"
#include "mirror/rate_view.h"
#include "mirror/written.h"

struct mirror {
    const struct config *cfg;
    const char *database_url;
    struct secret secret;
    char name[9]; /* of this process, to other mirrors */
    char upstream[1024],
        graphql[1024];  /* GITHUB_API_URL and where its GraphQL is, without a slash at the end */
    char uploads[1024]; /* where it takes release assets; "": nowhere */
    struct gh_relay *relay;
    struct memory *memory;
    struct negative *negative;
    struct written *written;
    struct limits *limits;
    struct flights *flights;
    struct store *store;
    struct access *access;
    struct watch *watch;
    struct pool *pool; /* NULL: clients bring their own credentials */
    struct figures *figures;
    _Atomic bool draining;
};
