/* routes.c: which path is answered by whom, and the store of bodies in front of them. */
#include "sim/routes.h"

struct route {
    const char *pattern; /* segments; * stands for any one */
    void (*handler)(struct request *rq);
};

#define USER_ROUTES(prefix)                                                                                  \
    {prefix, get_user}, {prefix "/followers", list_followers}, {prefix "/following", list_following},        \
        {prefix "/repos", list_user_repos}, {prefix "/starred", list_starred},                               \
        {prefix "/subscriptions", list_nothing},                                                             \
    {                                                                                                        \
        prefix "/orgs", list_nothing                                                                         \
    }

#define REPO_ROUTES(prefix)                                                                                  \
    {prefix, get_repo}, {prefix "/stargazers", list_stargazers},                                             \
        {prefix "/stargazers/count", get_star_count}, {prefix "/stargazers/history", list_star_history},     \
        {prefix "/subscribers", list_subscribers}, {prefix "/contributors", list_contributors},              \
        {prefix "/languages", get_languages}, {prefix "/topics", get_topics},                                \
    {                                                                                                        \
        prefix "/forks", list_forks                                                                          \
    }

static const struct route routes[] = {
    {"", get_root},
    {"rate_limit", get_rate_limit},
    {"versions", get_versions},
    {"meta", get_meta},
    {"user", get_self},
    {"users", list_users},
    {"repositories", list_repos},
    {"search/users", search_users},
    {"orgs/*", get_org},
    {"orgs/*/repos", list_user_repos},
    USER_ROUTES("users/*"),
    USER_ROUTES("user/*"),
    REPO_ROUTES("repos/*/*"),
    REPO_ROUTES("repositories/*"),
};

static bool fits(const char *pattern, const struct request *rq)
{
    for (uint32_t i = 0; i < rq->n_segments; i++) {
        size_t n = strcspn(pattern, "/");
        if (n == 0)
            return false;
        bool any = n == 1 && *pattern == '*';
        if (!any && (strlen(rq->segments[i]) != n || strncmp(pattern, rq->segments[i], n) != 0))
            return false;
        pattern += n + (pattern[n] == '/');
    }
    return *pattern == '\0';
}

/* A body depends on the path, the query and who looks at it in what form; on Host only through Link. */
static void store_key(const struct request *rq, struct buf *key)
{
    buf_str(key, rq->host);
    buf_printf(key, "\n%u%u%u\n%u\n", rq->view.authenticated, rq->view.version_2026,
               request_accepts(rq, "star+json"), rq->view.self);
    buf_str(key, rq->uri);
}

static void find_and_run(struct request *rq)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (fits(routes[i].pattern, rq)) {
            routes[i].handler(rq);
            return;
        }
    }
    answer_not_found(rq);
}

void route_request(struct request *rq)
{
    struct server *sv = rq->server;
    struct buf key = {0};
    store_key(rq, &key);
    struct body *known = bodies_get(sv->bodies, key.data, sv->world.generation);
    if (known) {
        rq->answer.body = known;
        rq->answer.status = 200;
        rq->answer.content_type = "application/json; charset=utf-8";
    } else {
        find_and_run(rq);
        if (rq->answer.status == 200 && !rq->answer.uncacheable)
            bodies_put(sv->bodies, rq->answer.body, key.data, sv->world.generation);
    }
    buf_finish(&key);
}
