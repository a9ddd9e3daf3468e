#include "api/spec/routes.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define LIST (ROUTE_NEGOTIATES | ROUTE_READS)
#define ONE  (LIST | ROUTE_SHORT)

#define STREAM (TAKES_FORMS | TAKES_LIMIT)
#define RECORD (TAKES_FIELDS | TAKES_EMBED)
#define ALL_OF_A_LIST                                                                                        \
    (TAKES_PAGES | TAKES_CURSOR | TAKES_ORDERING | TAKES_SEARCH | TAKES_FILTERS | RECORD | STREAM)
#define EDGES   ALL_OF_A_LIST
#define ROWS    (TAKES_FORMS | TAKES_ROWS)
#define HISTORY (TAKES_HISTORY | ROWS)
#define TABLE   (LIST | ROUTE_TABLE)
#define DRAWING (ROUTE_READS | ROUTE_SVG)

const struct route routes[] = {
    {"/", ROUTE_OPEN, TAKES_FORMAT | TAKES_DAYS, SHAPE_NONE, 0, handle_home, NULL,
     "redirects to /github/; for browsers, the dashboard"},
    {"/login/", ROUTE_OPEN | ROUTE_POST | ROUTE_ASSET | ROUTE_PEOPLE, TAKES_NEXT, SHAPE_NONE, 0,
     handle_sign_in, handle_sign_in_post, "begins a session"},
    {"/search/", ROUTE_READS | ROUTE_ASSET | ROUTE_PEOPLE, TAKES_WORDS, SHAPE_NONE, 0, handle_search, NULL,
     "the page of the search box"},
    {"/logout/", ROUTE_OPEN | ROUTE_POST | ROUTE_ASSET | ROUTE_PEOPLE, 0, SHAPE_NONE, 0, handle_sign_out,
     handle_sign_out_post, "ends a session"},
    {"/github/", ROUTE_OPEN | ROUTE_NEGOTIATES, 0, SHAPE_ROOT, 0, handle_root, NULL,
     "links to everything else"},
    {"/github/developers/", TABLE, ALL_OF_A_LIST, SHAPE_DEVELOPER, BROWSE_DEVELOPERS, handle_developers, NULL,
     "developers, newest first"},
    /* before {id}: a login may be "followers" */
    {"/github/developers/by-login/{login}/", ONE, RECORD, SHAPE_DEVELOPER, 0, handle_developer_by_login, NULL,
     "the developer with that login; a former login redirects (301)"},
    {"/github/developers/facets/", TABLE, TAKES_FACET | TAKES_SEARCH | TAKES_FILTERS | TAKES_FORMS,
     SHAPE_FACETS, BROWSE_DEVELOPERS, handle_facets, NULL,
     "the number of records with each value of a field"},
    {"/github/developers/by-login/{login}/history/", TABLE, HISTORY, SHAPE_HISTORY, 0, handle_history, NULL,
     "the history of the developer with that login by day, week or month"},
    {"/github/developers/by-login/{login}/history.svg", DRAWING, TAKES_HISTORY | TAKES_FIELD | TAKES_SIZE,
     SHAPE_NONE, 0, handle_history_svg, NULL, "the same as a chart"},
    {"/github/developers/by-login/{login}/network/", LIST | ROUTE_GRAPH, TAKES_NETWORK | TAKES_FORMS,
     SHAPE_NETWORK, 0, handle_network, NULL,
     "the network around the developer with that login: developers, repositories and the edges among them"},
    {"/github/developers/{id}/network/", LIST | ROUTE_GRAPH, TAKES_NETWORK | TAKES_FORMS, SHAPE_NETWORK, 0,
     handle_network, NULL,
     "the network around the developer: developers, repositories and the edges among them"},
    {"/github/developers/{id}/history/", TABLE, HISTORY, SHAPE_HISTORY, 0, handle_history, NULL,
     "the history of the developer by day, week or month"},
    {"/github/developers/{id}/history.svg", DRAWING, TAKES_HISTORY | TAKES_FIELD | TAKES_SIZE, SHAPE_NONE, 0,
     handle_history_svg, NULL, "the same as a chart"},
    {"/github/developers/{id}/", ONE, RECORD, SHAPE_DEVELOPER, 0, handle_developer, NULL, "one developer"},
    {"/github/developers/{id}/followers/", TABLE, EDGES | TAKES_AS_OF, SHAPE_FOLLOW, 0, handle_followers,
     NULL, "followers of the developer, newest first"},
    {"/github/developers/{id}/following/", TABLE, EDGES | TAKES_AS_OF, SHAPE_FOLLOW, 0, handle_following,
     NULL, "developers that the developer follows, newest first"},
    {"/github/developers/{id}/starred_repositories/", TABLE, EDGES | TAKES_AS_OF, SHAPE_STARRED,
     BROWSE_REPOSITORIES, handle_starred, NULL, "repositories that the developer starred, newest first"},
    {"/github/developers/{id}/repositories/", TABLE, EDGES | REFUSES_AS_OF, SHAPE_REPOSITORY,
     BROWSE_REPOSITORIES, handle_owned, NULL, "repositories that the developer owns, newest first"},
    {"/github/repositories/", TABLE, ALL_OF_A_LIST, SHAPE_REPOSITORY, BROWSE_REPOSITORIES,
     handle_repositories, NULL, "repositories, newest first"},
    {"/github/repositories/by-name/{owner}/{name}/", ONE, RECORD, SHAPE_REPOSITORY, 0,
     handle_repository_by_name, NULL, "the repository with that name; a former name redirects (301)"},
    {"/github/repositories/facets/", TABLE, TAKES_FACET | TAKES_SEARCH | TAKES_FILTERS | TAKES_FORMS,
     SHAPE_FACETS, BROWSE_REPOSITORIES, handle_facets, NULL,
     "the number of records with each value of a field"},
    {"/github/repositories/by-name/{owner}/{name}/history/", TABLE, HISTORY, SHAPE_HISTORY, 0, handle_history,
     NULL, "the history of the repository with that name by day, week or month"},
    {"/github/repositories/by-name/{owner}/{name}/history.svg", DRAWING | ROUTE_PUBLIC,
     TAKES_HISTORY | TAKES_FIELD | TAKES_SIZE, SHAPE_NONE, 0, handle_history_svg, NULL,
     "the same as a chart"},
    {"/github/repositories/{id}/history/", TABLE, HISTORY, SHAPE_HISTORY, 0, handle_history, NULL,
     "the history of the repository by day, week or month"},
    {"/github/repositories/{id}/history.svg", DRAWING | ROUTE_PUBLIC,
     TAKES_HISTORY | TAKES_FIELD | TAKES_SIZE, SHAPE_NONE, 0, handle_history_svg, NULL,
     "the same as a chart"},
    {"/github/repositories/{id}/", ONE, RECORD, SHAPE_REPOSITORY, 0, handle_repository, NULL,
     "one repository"},
    {"/github/repositories/{id}/stargazers/", TABLE, EDGES | TAKES_AS_OF, SHAPE_STARGAZER, 0,
     handle_stargazers, NULL, "stargazers of the repository, newest first"},
    {"/github/charts/stars/", TABLE, TAKES_COMPARED | ROWS, SHAPE_STARS, 0, handle_stars, NULL,
     "the stars of up to eight repositories, compared"},
    {"/github/charts/stars.svg", DRAWING | ROUTE_PUBLIC, TAKES_COMPARED | TAKES_SIZE, SHAPE_NONE, 0,
     handle_stars_svg, NULL, "the same as a chart"},
    {"/github/rate_limit/", TABLE, TAKES_PAGES | TAKES_FILTERS | TAKES_FIELDS | STREAM, SHAPE_RATE_LIMIT,
     BROWSE_RATE_LIMITS, handle_rate_limits, NULL, "GitHub's quota, by credential"},
    {"/github/rate_limit/{number}/", LIST, 0, SHAPE_RATE_LIMIT, 0, handle_rate_limit, NULL,
     "one quota; 1 is the first credential's core quota"},
    {"/github/quota/history/", TABLE, TAKES_SAMPLES | ROWS, SHAPE_QUOTA_HISTORY, 0, handle_quota_history,
     NULL, "samples of GitHub's quota, one per five minutes, and what it was spent on"},
    {"/github/samples/", TABLE, TAKES_PAGES | STREAM, SHAPE_SAMPLE, 0, handle_samples, NULL,
     "unbiased samples of GitHub's ids, newest first"},
    {"/github/samples/{sample}/", LIST, 0, SHAPE_SAMPLE, 0, handle_sample, NULL,
     "one sample: how many of the drawn ids exist, and an estimate for all ids"},
    {"/github/samples/{sample}/developers/", TABLE, ALL_OF_A_LIST, SHAPE_DEVELOPER, BROWSE_DEVELOPERS,
     handle_sample_developers, NULL, "the users that a sample found, newest first"},
    {"/github/samples/{sample}/repositories/", TABLE, ALL_OF_A_LIST, SHAPE_REPOSITORY, BROWSE_REPOSITORIES,
     handle_sample_repositories, NULL, "the repositories that a sample found, newest first"},
    {"/github/tasks/", ROUTE_NEGOTIATES | ROUTE_POST | ROUTE_BARE_LIST, TAKES_DRY_RUN, SHAPE_TASK, 0,
     handle_tasks, handle_tasks_post, "the tasks that can be requested"},
    /* From the primary: a new task's job is visible at once. */
    {"/github/jobs/", ROUTE_NEGOTIATES | ROUTE_WRITES | ROUTE_TABLE,
     TAKES_PAGES | TAKES_CURSOR | TAKES_JOBS | TAKES_FIELDS | STREAM, SHAPE_JOB, 0, handle_jobs, NULL,
     "requested tasks and their jobs, newest first"},
    {"/github/jobs/{number}/", ROUTE_NEGOTIATES | ROUTE_WRITES, 0, SHAPE_JOB_DETAIL, 0, handle_job, NULL,
     "one job, and why it was created"},
    {"/github/jobs/{number}/cancel/", ROUTE_NEGOTIATES | ROUTE_POST, 0, SHAPE_JOB, 0, NULL, handle_job_cancel,
     "cancels a job; for the first job of a task, the whole task"},
    {"/github/jobs/{number}/retry/", ROUTE_NEGOTIATES | ROUTE_POST, 0, SHAPE_JOB, 0, NULL, handle_job_retry,
     "retries a job, or a task, that failed or was cancelled"},
    {"/github/stats/", LIST, 0, SHAPE_STATS, 0, handle_stats, NULL, "numbers of records and their growth"},
    /* From the primary: a replica does not know which transactions are still open. */
    {"/github/changes/", ROUTE_NEGOTIATES | ROUTE_WRITES | ROUTE_TABLE | ROUTE_EVENTS,
     TAKES_SINCE | TAKES_FIELDS | STREAM, SHAPE_CHANGE, 0, handle_changes, NULL,
     "changes, oldest first: new, changed, gone and restored records, new and closed edges"},
    {"/github/webhooks/", ROUTE_NEGOTIATES | ROUTE_WRITES | ROUTE_POST | ROUTE_WRITERS, TAKES_PAGES,
     SHAPE_WEBHOOK, 0, handle_webhooks, handle_webhooks_post, "webhooks: receivers of changes, oldest first"},
    {"/github/webhooks/{number}/", ROUTE_NEGOTIATES | ROUTE_WRITES | ROUTE_WRITERS | ROUTE_DELETE, 0,
     SHAPE_WEBHOOK_DETAIL, 0, handle_webhook, handle_webhook_delete,
     "one webhook, and the deliveries that were given up"},
    {"/github/webhooks/{number}/resume/", ROUTE_NEGOTIATES | ROUTE_POST, 0, SHAPE_WEBHOOK_DETAIL, 0, NULL,
     handle_webhook_resume, "resumes a stopped webhook, and retries a failing one at once"},
    {"/github/webhooks/{number}/remove/", ROUTE_NEGOTIATES | ROUTE_POST, 0, SHAPE_WEBHOOK_DETAIL, 0, NULL,
     handle_webhook_remove, "removes a webhook, as DELETE does: forms of browsers can only POST"},
    {"/github/swagger/", 0, 0, SHAPE_NONE, 0, handle_swagger, NULL, "documentation: Swagger UI"},
    {"/github/redoc/", 0, 0, SHAPE_NONE, 0, handle_redoc, NULL, "documentation: ReDoc"},
    {"/github/swagger.json", 0, 0, SHAPE_NONE, 0, handle_openapi_json, NULL, "OpenAPI document, JSON"},
    {"/github/swagger.yaml", 0, 0, SHAPE_NONE, 0, handle_openapi_yaml, NULL, "OpenAPI document, YAML"},
    {"/static/{file}", ROUTE_OPEN | ROUTE_ASSET, 0, SHAPE_NONE, 0, handle_static, NULL,
     "files that pages load, under names that change with their content"},
    {"/health/", ROUTE_OPEN, 0, SHAPE_NONE, 0, handle_health, NULL, "whether the process answers"},
    {"/health/ready", ROUTE_OPEN, 0, SHAPE_NONE, 0, handle_ready, NULL,
     "whether database and schema are ready"},
    {"/metrics", ROUTE_FIGURES, 0, SHAPE_NONE, 0, handle_metrics, NULL, "metrics for Prometheus"},
};
const size_t n_routes = ARRAY_LEN(routes);

#define PATH_MAX_SEGMENTS 8 /* no route has more */

struct path {
    slice segments[PATH_MAX_SEGMENTS]; /* of a request: decoded */
    size_t n;
};

static bool path_split(struct arena *a, slice text, struct path *out)
{
    slice segment;
    out->n = 0;
    while (slice_split(&text, '/', &segment)) {
        if (out->n == PATH_MAX_SEGMENTS || !params_decode_segment(a, segment, &out->segments[out->n]))
            return false;
        out->n++;
    }
    return true;
}

/* The paths of the routes, divided once. */
static struct path patterns[ARRAY_LEN(routes)];
static pthread_once_t divided = PTHREAD_ONCE_INIT;

static void divide_patterns(void)
{
    for (size_t i = 0; i < n_routes; i++) {
        slice rest = slice_of(routes[i].path);
        while (patterns[i].n < PATH_MAX_SEGMENTS &&
               slice_split(&rest, '/', &patterns[i].segments[patterns[i].n]))
            patterns[i].n++;
        assert(!rest.ptr); /* else PATH_MAX_SEGMENTS is too small */
    }
}

static bool matches(const struct path *pattern, const struct path *path, slice args_out[ROUTE_MAX_ARGS])
{
    size_t n_args = 0;
    if (pattern->n != path->n)
        return false;
    for (size_t i = 0; i < path->n; i++) {
        slice have = path->segments[i], want = pattern->segments[i];
        if (want.len && want.ptr[0] == '{') {
            if (have.len == 0)
                return false;
            args_out[n_args++] = have;
        } else if (!slice_eq(want, have)) {
            return false;
        }
    }
    return true;
}

const struct route *route_find(struct arena *a, slice text, slice args_out[ROUTE_MAX_ARGS])
{
    struct path path;
    if (pthread_once(&divided, divide_patterns) != 0)
        abort();
    if (!path_split(a, text, &path))
        return NULL;
    for (size_t i = 0; i < n_routes; i++)
        if (matches(&patterns[i], &path, args_out))
            return &routes[i];
    return NULL;
}

unsigned route_forms(const struct route *route)
{
    return (route->flags & ROUTE_TABLE ? 1u << FORM_CSV | 1u << FORM_NDJSON : 0) |
           (route->flags & ROUTE_GRAPH ? 1u << FORM_GEXF | 1u << FORM_GRAPHML : 0) |
           (route->flags & ROUTE_EVENTS ? 1u << FORM_EVENTS : 0);
}

const char *route_writes(const struct route *route)
{
    return !route->post ? NULL : route->flags & ROUTE_DELETE ? "DELETE" : "POST";
}

const char *route_allow(const struct route *route)
{
    if (!route->get)
        return "POST, OPTIONS";
    if (!route->post)
        return "GET, HEAD, OPTIONS";
    return route->flags & ROUTE_DELETE ? "GET, DELETE, HEAD, OPTIONS" : "GET, POST, HEAD, OPTIONS";
}
