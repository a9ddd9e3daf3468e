/* routes.c: the handlers of paths, and the store of bodies in front of them. */
#include "sim/rest/routes.h"

struct route {
    const char *pattern; /* as of route_fits() */
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
        {prefix "/languages", get_languages}, {prefix "/topics", get_topics}, {prefix "/forks", list_forks}, \
        {prefix "/readme", get_readme}, {prefix "/contents", get_contents},                                  \
        {prefix "/contents/**", get_contents}, {prefix "/commits", list_commits},                            \
        {prefix "/commits/*", get_commit}, {prefix "/zipball/**", get_zipball},                              \
        {prefix "/tarball/**", get_tarball},                                                                 \
    {                                                                                                        \
        prefix "/releases/assets/*", get_asset                                                               \
    }

static const struct route routes[] = {
    {"", get_root},
    {"rate_limit", get_rate_limit},
    {"versions", get_versions},
    {"meta", get_meta},
    {"user", get_self},
    {"user/repos", list_user_repos},
    {"user/starred", list_starred},
    {"user/starred/*/*", get_is_starred},
    {"user/followers", list_followers},
    {"user/following", list_following},
    {"user/following/*", get_is_followed},
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

bool route_fits(const char *pattern, const struct request *rq)
{
    for (uint32_t i = 0; i < rq->n_segments; i++) {
        size_t n = strcspn(pattern, "/");
        if (n == 0)
            return false;
        if (n == 2 && strncmp(pattern, "**", 2) == 0)
            return true;
        bool any = n == 1 && *pattern == '*';
        if (!any && (strlen(rq->segments[i]) != n || strncmp(pattern, rq->segments[i], n) != 0))
            return false;
        pattern += n + (pattern[n] == '/');
    }
    return *pattern == '\0' || strcmp(pattern, "**") == 0;
}

/* A body depends on the path, the query, the caller and the media type; on Host only through Link. */
static void store_key(const struct request *rq, struct buf *key)
{
    buf_str(key, rq->origin);
    buf_printf(key, "\n%u%u\n%u\n%s\n", rq->view.authenticated, rq->view.version_2026, rq->view.self,
               rq->accept ? rq->accept : "");
    buf_str(key, rq->uri);
}

static void find_and_run(struct request *rq)
{
    rq->name_segments = rq->n_segments && strcmp(rq->segments[0], "repositories") == 0 ? 2 : 3;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (route_fits(routes[i].pattern, rq)) {
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
        rq->answer.content_type =
            known->content_type ? known->content_type : "application/json; charset=utf-8";
    } else {
        find_and_run(rq);
        if (rq->answer.status == 200 && !rq->answer.uncacheable)
            bodies_put(sv->bodies, rq->answer.body, key.data, sv->world.generation);
    }
    buf_finish(&key);
}
