/* engine: the mirror's shared parts. Private to mirror/. Made by run.c before any request, ended by it after the last. */
#pragma once
#include "core/config/config.h"
#include "github/passthrough.h"
#include "mirror/memory_cache.h"
#include "mirror/metrics.h"
#include "mirror/rate_view.h"

struct mirror {
    const struct config *cfg;
    const char *database_url;
    struct secret secret;
    char upstream[1024],
        graphql[1024]; /* GITHUB_API_URL and where its GraphQL is, without a slash at the end */
    struct gh_relay *relay;
    struct memory *memory;
    struct limits *limits;
    struct flights *flights;
    struct store *store;
    struct access *access;
    struct watch *watch;
    struct pool *pool; /* NULL: clients bring their own credentials */
    struct figures *figures;
    _Atomic int64_t
        doubted_at_ms; /* wall: nothing proven before counts as fresh (a GraphQL mutation says not what it touched) */
    _Atomic bool draining;
};

/* A mutation at this path came back: see changes.h. */
void mirror_changed(struct mirror *m, const char *path);
