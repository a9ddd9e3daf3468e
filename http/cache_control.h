/* cache_control: a client's cache directives, in Cache-Control (RFC 9111 section 5.2.1) and Pragma. Pure. */
#pragma once
#include "core/base/slice.h"

struct directives {
    bool no_cache; /* revalidate before serving a stored answer */
    bool no_store; /* neither read nor write the cache */
    bool only_if_cached;
    int64_t max_age_s;                /* -1: not said */
    int64_t min_fresh_s;              /* 0: not said; it must stay fresh for this time */
    int64_t stale_if_error_s;         /* -1: not said; INT64_MAX: however old */
    int64_t stale_while_revalidate_s; /* -1: not said; INT64_MAX: however old */
};

/* Both may be NULL. Unknown directives and malformed numbers are ignored. stale-while-revalidate is a response's
 * directive (RFC 5861, which has stale-if-error for both), taken here from requests: serve a stored answer that is no older
 * than that many seconds (any age without a number), and revalidate it in the background. */
void directives_parse(const char *cache_control, const char *pragma, struct directives *out);
