#include "mirror/serve/cors.h"

#define PREFLIGHT_FIELDS                                                                                     \
    "Access-Control-Allow-Origin: *\n"                                                                       \
    "Access-Control-Allow-Methods: GET, HEAD, POST, PATCH, PUT, DELETE\n"                                    \
    "Access-Control-Allow-Headers: Authorization, Accept, Accept-Encoding, Cache-Control, Content-Type, "    \
    "If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range, User-Agent, "         \
    "GraphQL-Features, X-GitHub-Api-Version, X-GitHub-Next-Global-ID, X-GitHub-OTP, X-Requested-With\n"      \
    "Access-Control-Max-Age: 86400\n"

struct page *cors_preflight(const char *method, const struct fields *fields)
{
    if (strcmp(method, "OPTIONS") != 0 || !fields_get(fields, "Origin") ||
        !fields_get(fields, "Access-Control-Request-Method"))
        return NULL;
    return page_create(204, SLICE(PREFLIGHT_FIELDS), SLICE(""));
}

static bool is_listed(const char *origins, const char *origin)
{
    slice rest = slice_of(origins), one, wanted = slice_of(origin);
    while (slice_split(&rest, ',', &one))
        if (slice_eq_nocase(slice_trim(one), wanted))
            return true;
    return false;
}

void cors_of_lent(const char *origins, const char *origin, struct fields *fields)
{
    bool all = origins && strcmp(origins, "*") == 0;
    if (all)
        return;
    fields_remove(fields, "Access-Control-Allow-Origin");
    fields_remove(fields, "Access-Control-Allow-Credentials");
    if (origin && is_listed(origins, origin))
        fields_add(fields, "Access-Control-Allow-Origin", origin);
    if (origins)
        fields_add(fields, "Vary", "Origin");
}
