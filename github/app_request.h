/* app_request: one request of a GitHub App to GitHub, as itself: few, small, and one at a time, so it blocks. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include "github/headers.h"
#include <stdatomic.h>

#define GH_APP_MAX_BODY_BYTES (1024u * 1024u)

struct gh_app_answer {
    int status; /* 0: none came */
    struct gh_headers headers;
    struct buf body; /* the caller's to buf_finish */
};

/* url: absolute. post: with an empty body, else GET. jwt goes into the Authorization header. abandon: the request ends within a
 * second of it being true. ERR_UPSTREAM says why none came. Redirects are not followed. At most GH_TOTAL_TIMEOUT_MS. */
MUST_CHECK bool gh_app_request(const char *url, bool post, const char *jwt, const char *ca_file,
                               const _Atomic bool *abandon, struct gh_app_answer *out, struct err *err);
