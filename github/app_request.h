/* app_request: one request of a GitHub App with its own JWT. They are few and small, so the call blocks. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include "github/headers.h"
#include <stdatomic.h>

#define GH_APP_MAX_BODY_BYTES (1024u * 1024u)

struct gh_app_answer {
    int status; /* 0: none came */
    struct gh_headers headers;
    struct buf body; /* the caller calls buf_finish */
};

/* url: absolute. post: with an empty body, else GET. jwt goes into the Authorization header. abandon: the request ends
 * within a second after it becomes true. ERR_UPSTREAM: no answer, and why. Redirects are not followed. At most
 * GH_TOTAL_TIMEOUT_MS. */
MUST_CHECK bool gh_app_request(const char *url, bool post, const char *jwt, const char *ca_file,
                               const _Atomic bool *abandon, struct gh_app_answer *out, struct err *err);
