#include "api/request/request_log.h"
#include "api/spec/parameters.h"
#include "core/base/buf.h"
#include "schema/access/users.h"

#define NAMES_MAX_BYTES 512

const char *request_log_route(const struct request *rq)
{
    return rq->route ? rq->route->path : "(none)";
}

const char *request_log_parameters(const struct request *rq)
{
    struct buf names;
    size_t others = 0;
    buf_init(&names, NAMES_MAX_BYTES);
    for (size_t i = 0; rq->route && i < rq->params.n; i++) {
        slice name = rq->params.items[i].key;
        if (!parameter_exists(rq->route, name)) {
            others++;
            continue;
        }
        if (names.len)
            buf_putc(&names, ' ');
        buf_put(&names, name.ptr, name.len);
    }
    const char *out = arena_printf(rq->arena, "%.*s%s%s", SLICE_ARG(buf_slice(&names)),
                                   names.len && others ? " " : "", others ? "(others)" : "");
    buf_finish(&names);
    return out;
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
