#include "api/request/cors.h"

void cors_headers(struct response *rs)
{
    response_header(rs, "Access-Control-Allow-Origin", "*");
    response_header(rs, "Access-Control-Expose-Headers",
                    "Allow, ETag, Link, Location, Retry-After, X-As-Of, X-Ignored-Parameters, "
                    "X-Total-Count, X-Total-Count-Capped");
}

bool cors_is_preflight(const struct request *rq)
{
    return request_is(rq, "OPTIONS") && request_header(rq, "Origin").ptr &&
           request_header(rq, "Access-Control-Request-Method").ptr;
}

void cors_answer_preflight(struct response *rs)
{
    rs->status = 204;
    response_header(rs, "Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
    response_header(
        rs, "Access-Control-Allow-Headers",
        "Accept, Accept-Encoding, Authorization, Content-Type, If-Match, If-None-Match, X-Requested-With");
    response_header(rs, "Access-Control-Max-Age", "86400");
}

/* "https://host:1/path" without what follows the host. */
static slice origin_of(slice base)
{
    ptrdiff_t colon = slice_find(base, ':');
    size_t after = colon < 0 ? 0 : (size_t)colon + 3;
    if (after > base.len)
        return base;
    ptrdiff_t slash = slice_find(slice_from(base.ptr + after, base.len - after), '/');
    return slash < 0 ? base : slice_from(base.ptr, after + (size_t)slash);
}

static bool is_site(slice origin, slice scheme, slice host)
{
    return host.len && origin.len == scheme.len + 3 + host.len && slice_starts(origin, scheme) &&
           memcmp(origin.ptr + scheme.len, "://", 3) == 0 &&
           slice_eq_nocase(slice_from(origin.ptr + scheme.len + 3, host.len), host);
}

bool cors_is_foreign(slice origin, slice fetch_site, slice base, slice scheme, slice host)
{
    if (fetch_site.ptr)
        return !slice_eq(fetch_site, SLICE("same-origin")) && !slice_eq(fetch_site, SLICE("none"));
    return origin.ptr && !slice_eq_nocase(origin, origin_of(base)) && !is_site(origin, scheme, host);
}
