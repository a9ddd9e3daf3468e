#include "api/routes.h"

#define LIST (ROUTE_NEGOTIATES | ROUTE_READS)

const struct route routes[] = {
    {"/", ROUTE_OPEN, handle_home, NULL, "leads to /github/"},
    {"/github/", ROUTE_OPEN | ROUTE_NEGOTIATES, handle_root, NULL, "links to everything else"},
    {"/github/developers/", LIST, handle_developers, NULL, "developers, newest first"},
    {"/github/developers/{id}/", LIST, handle_developer, NULL, "one developer"},
    {"/github/repositories/", LIST, handle_repositories, NULL, "repositories, newest first"},
    {"/github/repositories/{id}/", LIST, handle_repository, NULL, "one repository"},
    {"/github/rate_limit/", LIST, handle_rate_limits, NULL, "GitHub's quota, by credential"},
    {"/github/rate_limit/{number}/", LIST, handle_rate_limit, NULL,
     "one quota; 1 is the first credential's core quota"},
    {"/github/tasks/", ROUTE_NEGOTIATES | ROUTE_POST, handle_tasks, handle_tasks_post,
     "what can be asked for"},
    {"/health/", ROUTE_OPEN, handle_health, NULL, "the process answers"},
    {"/metrics", ROUTE_READS, handle_metrics, NULL, "figures for Prometheus"},
};
const size_t n_routes = ARRAY_LEN(routes);

static bool matches(struct arena *a, slice pattern, slice path, slice args_out[ROUTE_MAX_ARGS])
{
    slice want, have;
    size_t n_args = 0;
    for (;;) {
        bool more = slice_split(&pattern, '/', &want), given = slice_split(&path, '/', &have);
        if (more != given)
            return false;
        if (!more)
            return true;
        slice text;
        if (!params_decode_segment(a, have, &text))
            return false;
        if (want.len && want.ptr[0] == '{') {
            if (text.len == 0)
                return false;
            args_out[n_args++] = text;
        } else if (!slice_eq(want, text)) {
            return false;
        }
    }
}

const struct route *route_find(struct arena *a, slice path, slice args_out[ROUTE_MAX_ARGS])
{
    for (size_t i = 0; i < n_routes; i++)
        if (matches(a, slice_of(routes[i].path), path, args_out))
            return &routes[i];
    return NULL;
}

const char *route_allow(const struct route *route)
{
    return route->post ? "GET, POST, HEAD, OPTIONS" : "GET, HEAD, OPTIONS";
}
