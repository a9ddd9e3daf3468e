/* outcome: the result of a request, for all clients that waited for it: the page, and its origin. Reference-counted.
 * Any thread; only its creator changes it, before others have it. */
#pragma once
#include "mirror/cache/page.h"
#include "mirror/cache/policy.h"

struct outcome {
    _Atomic int refs;
    struct page *page;   /* NULL: not_modified */
    bool not_modified;   /* GitHub's 304 to the client's own condition */
    char *text, *joined; /* what `fresh` points into */
    struct fields fresh; /* of a 304: newer than the page's */
    enum upstream_result upstream_result;
    bool stored;             /* the page was in the store before */
    bool kept;               /* it is now */
    bool spent;              /* a unit of quota */
    int upstream_status;     /* 0: not asked, or no answer */
    const char *forwarded;   /* RFC 9211's reason for asking; NULL: not asked */
    int64_t age_ms;          /* since GitHub last confirmed it */
    struct outcome *instead; /* for clients that prefer an error to this stored page; NULL: there is none */
};

struct outcome *outcome_create(struct page *page,
                               enum upstream_result upstream_result); /* takes over the page's reference */
struct outcome *outcome_take(struct outcome *o);
void outcome_release(struct outcome *o); /* NULL is fine */

/* The fields of every answer of the mirror itself. Pages of other origins may read it, as GitHub's. */
#define OWN_ANSWER_FIELDS                                                                                    \
    "Content-Type: application/json; charset=utf-8\n"                                                        \
    "Access-Control-Allow-Origin: *\n"                                                                       \
    "Access-Control-Expose-Headers: ETag, Link, Location, Retry-After, X-RateLimit-Limit, "                  \
    "X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-Cache, "            \
    "Cache-Status, Age\n"
/* The mirror's own JSON: {"message": …, "documentation_url": …, "status": …} as GitHub's errors are. retry_ms above 0 becomes
 * a Retry-After, rounded up. */
struct page *page_message(int status, int64_t retry_ms, const char *format, ...) PRINTF_LIKE(3, 4);
