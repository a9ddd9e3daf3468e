/* post: one POST to a URL that a user named. Only http and https; no redirect is followed, no proxy used; the IP address is
 * checked after the name was resolved, so that no name leads into a private network (SSRF; OWASP, "Server Side
 * Request Forgery Prevention"). Blocks for at most POST_TOTAL_MS. Any thread. */
#pragma once
#include "core/base/err.h"
#include "core/base/slice.h"
#include <sys/socket.h>

#define POST_CONNECT_MS        5000
#define POST_TOTAL_MS          15000
#define POST_MAX_BODY_BYTES    65536 /* of the answer, which is not read further */
#define POST_MAX_URL_BYTES     2000
#define POST_MAX_RETRY_AFTER_S 86400

struct post {
    const char *url, *const *headers; /* "Name: value", ends with NULL */
    slice body;
    bool private_allowed;
    const _Atomic bool *abandon; /* ends it within a second; NULL: none */
    /* the answer */
    int status;            /* 0: no complete head came, `error` says why */
    int64_t retry_after_s; /* at most POST_MAX_RETRY_AFTER_S; -1: not said */
    char error[160];
};
void post_send(struct post *post);

/* Whether a URL is acceptable, as far as can be checked without resolving it: http or https, a host, no user, no fragment,
 * no address of a private network unless allowed. ERR_BAD_PARAM is the reason. */
MUST_CHECK bool post_check_url(const char *url, bool private_allowed, struct err *err);
/* Whether an address belongs to the public internet: not to a machine, a private or a special network (RFC 6890). */
bool address_is_public(const struct sockaddr *address);
