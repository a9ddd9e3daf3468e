/* post: one POST to an address that a user named, which may be anybody's. Only http and https; no redirect is followed, no proxy used; the
 * address connected to is checked after the name was looked up, so that no name leads into a private network (SSRF; OWASP, "Server Side
 * Request Forgery Prevention"). Blocks for POST_TOTAL_MS at most. */
#pragma once
#include "core/base/err.h"
#include "core/base/slice.h"
#include <sys/socket.h>

#define POST_CONNECT_MS     5000
#define POST_TOTAL_MS       15000
#define POST_MAX_BODY_BYTES 65536 /* of the answer, which is not read further */
#define POST_MAX_URL_BYTES  2000

struct post {
    const char *url, *const *headers; /* "Name: value", ends with NULL */
    slice body;
    bool private_allowed;
    const _Atomic bool *abandon; /* ends it within a second; NULL: none */
    /* the answer */
    int status;            /* 0: none came, `error` says why */
    int64_t retry_after_s; /* -1: not said */
    char error[160];
};
void post_send(struct post *post);

/* Whether an address can be posted to, as far as can be told without looking it up: http or https, a host, no user, no fragment, no
 * address of a private network unless that is allowed. ERR_BAD_PARAM says what is wrong. */
MUST_CHECK bool post_check_url(const char *url, bool private_allowed, struct err *err);
/* Whether an address is one of the public internet: none of a machine, a private or a special network (RFC 6890). */
bool address_is_public(const struct sockaddr *address);
