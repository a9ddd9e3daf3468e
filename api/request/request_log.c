#include "api/request/request_log.h"
#include "schema/access/users.h"

const char *request_log_route(const struct request *rq)
{
    return rq->pattern ? rq->pattern : "(none)";
}

/* Prefixes of our tokens and of GitHub's. */
static bool is_token(slice name)
{
    static const char *const prefixes[] = {"gmat_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (slice_starts(name, slice_of(prefixes[i])))
            return true;
    return false;
}

slice request_log_user(slice name)
{
    if (!name.len)
        return SLICE("");
    return user_name_ok(name) && !is_token(name) ? name : SLICE("(no name)");
}
