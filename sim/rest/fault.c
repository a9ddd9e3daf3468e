/* fault.c: deliberate failures. Whether a request is hit depends only on the seed and on its number among those that one of the
 * kinds fits; whether a detail is denied, on the seed and the id. */
#include "sim/rest/routes.h"

#include <jansson.h>
#include <stdlib.h>

static const char page_502[] =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
static const char page_unicorn[] =
    "<!DOCTYPE html>\n<html>\n  <head><title>Unicorn! &middot; GitHub</title></head>\n"
    "  <body><h1>Unicorn!</h1><p>We had issues producing the response to your "
    "request.</p></body>\n</html>\n";

static const char page_403[] =
    "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>"
    "<p>Your organization's web proxy has blocked this request.</p></body></html>\n";
static const char gql_secondary[] =
    "{\"data\":null,\"errors\":[{\"message\":\"You have exceeded a secondary rate limit. Please wait a few "
    "minutes before you try again.\"}]}";
static const char gql_primary[] = "{\"errors\":[{\"type\":\"RATE_LIMIT\",\"code\":\"graphql_rate_limit\","
                                  "\"message\":\"API rate limit already "
                                  "exceeded.\"}]}";

#define KIND(kind)    (1u << (kind))
#define OF_GRAPHQL    (KIND(FAULT_GQL_SECONDARY) | KIND(FAULT_GQL_PRIMARY))
#define OF_LISTS      (KIND(FAULT_SHORT) | KIND(FAULT_EMPTY))
#define OF_REPO_LISTS KIND(FAULT_NO_OWNER)
#define OF_IDS        (KIND(FAULT_GONE404) | KIND(FAULT_GONE451))

static bool fits_any(const struct request *rq, const char *const *patterns)
{
    for (; *patterns; patterns++)
        if (route_fits(*patterns, rq))
            return true;
    return false;
}

static uint32_t kinds_for(const struct request *rq)
{
    static const char *const of_accounts[] = {
        "users/*/followers",    "user/*/followers",          "user/followers",
        "users/*/following",    "user/*/following",          "user/following",
        "repos/*/*/stargazers", "repositories/*/stargazers", NULL};
    static const char *const of_repos[] = {"users/*/starred", "user/*/starred",        "user/starred",
                                           "users/*/repos",   "user/*/repos",          "user/repos",
                                           "orgs/*/repos",    "organizations/*/repos", NULL};
    uint32_t kinds = rq->server->options.settings.fault_kinds & ~OF_IDS;
    bool repos = rq->reads && fits_any(rq, of_repos),
         list = repos || (rq->reads && fits_any(rq, of_accounts));
    if (rq->reads || rq->n_segments != 1 || strcmp(rq->segments[0], "graphql") != 0)
        kinds &= ~OF_GRAPHQL;
    return kinds & ~(list ? 0 : OF_LISTS) & ~(repos ? 0 : OF_REPO_LISTS);
}

static bool is_below(uint64_t dice, double rate)
{
    return (double)(dice >> 11) / 9007199254740992.0 < rate;
}

enum fault_kind fault_draw(struct request *rq)
{
    struct server *sv = rq->server;
    double rate = sv->options.settings.fault_rate;
    uint32_t kinds = kinds_for(rq);
    if (rate <= 0 || !kinds)
        return FAULT_NONE;
    pthread_mutex_lock(&sv->fault_lock);
    uint64_t dice = rng_next(&sv->fault_rng), which = rng_next(&sv->fault_rng);
    pthread_mutex_unlock(&sv->fault_lock);
    if (!is_below(dice, rate))
        return FAULT_NONE;
    uint64_t nth = which % (uint64_t)__builtin_popcount(kinds);
    for (int kind = 0; kind < N_FAULTS; kind++)
        if (kinds >> kind & 1 && nth-- == 0)
            return (enum fault_kind)kind;
    return FAULT_NONE;
}

/* How the detail of an id is denied. Accounts are never blocked. */
static enum fault_kind denial(const struct server *sv, bool repo, int64_t id)
{
    const struct settings *s = &sv->options.settings;
    struct rng r = {(uint64_t)sv->options.fault_seed * 2 + repo};
    r.state = rng_next(&r) ^ (uint64_t)id;
    bool gone = s->fault_kinds & KIND(FAULT_GONE404), blocked = repo && s->fault_kinds & KIND(FAULT_GONE451);
    if ((!gone && !blocked) || !is_below(rng_next(&r), s->fault_rate))
        return FAULT_NONE;
    return !gone || (blocked && rng_next(&r) & 1) ? FAULT_GONE451 : FAULT_GONE404;
}

bool fault_denies_user(const struct server *sv, uint32_t user)
{
    return denial(sv, false, sv->world.users[user].id) != FAULT_NONE;
}

bool fault_denies_repo(const struct server *sv, uint32_t repo)
{
    return denial(sv, true, sv->world.repos[repo].id) != FAULT_NONE;
}

/* How the requested detail is denied. */
static enum fault_kind denied_detail(const struct request *rq)
{
    const struct world *w = &rq->server->world;
    uint32_t user = NONE, repo = NONE;
    int64_t id;
    if (!rq->reads)
        return FAULT_NONE;
    if (route_fits("users/*", rq) || route_fits("orgs/*", rq))
        user = world_user_by_login(w, rq->segments[1]);
    else if (route_fits("user/*", rq) && read_id(rq->segments[1], &id))
        user = world_user_by_id(w, id);
    else if (route_fits("repos/*/*", rq))
        repo = world_repo_by_name(w, rq->segments[1], rq->segments[2]);
    else if (route_fits("repositories/*", rq) && read_id(rq->segments[1], &id))
        repo = world_repo_by_id(w, id);
    return user != NONE   ? denial(rq->server, false, w->users[user].id)
           : repo != NONE ? denial(rq->server, true, w->repos[repo].id)
                          : FAULT_NONE;
}

/* A limit of GraphQL, reported in a 200. */
static void answer_gql_limit(struct request *rq, const char *text)
{
    const struct settings *s = &rq->server->options.settings;
    answer_text(rq, 200, "application/json; charset=utf-8", text);
    rq->answer.is_graphql = true;
    if (rq->fault == FAULT_GQL_SECONDARY) {
        rq->answer.retry_after_s = s->retry_after_s;
        return;
    }
    rq->answer.has_quota = true;
    rq->answer.quota = (struct quota){.limit = s->graphql_limit,
                                      .used = s->graphql_limit,
                                      .reset_at = (int64_t)time(NULL) + s->retry_after_s,
                                      .resource = RES_GRAPHQL};
}

bool fault_replaces(struct request *rq)
{
    if (rq->fault == FAULT_NONE)
        rq->fault = denied_detail(rq);
    switch (rq->fault) {
    case FAULT_500:
        answer_text(rq, 500, "application/json; charset=utf-8", "{\"message\":\"Server Error\"}");
        return true;
    case FAULT_502:
        answer_text(rq, 502, "text/html", page_502);
        return true;
    case FAULT_503:
        answer_text(rq, 503, "text/html; charset=utf-8", page_unicorn);
        return true;
    case FAULT_HTML200:
        answer_text(rq, 200, "text/html; charset=utf-8", page_unicorn);
        return true;
    case FAULT_429:
        answer_secondary(rq, 429);
        return true;
    case FAULT_403:
        answer_secondary(rq, 403);
        return true;
    case FAULT_HTML403:
        answer_text(rq, 403, "text/html", page_403);
        return true;
    case FAULT_GQL_SECONDARY:
        answer_gql_limit(rq, gql_secondary);
        return true;
    case FAULT_GQL_PRIMARY:
        answer_gql_limit(rq, gql_primary);
        return true;
    case FAULT_GONE404:
        answer_not_found(rq);
        return true;
    case FAULT_GONE451:
        answer_text(rq, 451, "application/json; charset=utf-8",
                    "{\"message\":\"Repository access blocked\",\"block\":{\"reason\":\"dmca\"}}");
        return true;
    case FAULT_RESET:
    case FAULT_HANG:
        answer_text(rq, 0, "text/plain", "");
        return true;
    default:
        return false;
    }
}

/* An object instead of a list, or vice versa, with the headers of the right answer. */
static void wrong_type(struct request *rq)
{
    bool list = rq->answer.body->text.len && rq->answer.body->text.data[0] == '[';
    struct quota quota = rq->answer.quota;
    bool has_quota = rq->answer.has_quota;
    int64_t charged = rq->answer.charged;
    answer_text(rq, 200, "application/json; charset=utf-8", list ? "{}" : "[]");
    rq->answer.quota = quota;
    rq->answer.has_quota = has_quota;
    rq->answer.charged = charged;
}

static void truncate_text(struct request *rq)
{
    struct buf half = {0};
    buf_add(&half, rq->answer.body->text.data, rq->answer.body->text.len / 2);
    struct body *body = body_create(&half);
    body_release(rq->server->bodies, rq->answer.body);
    rq->answer.body = body;
}

/* Another list instead of the right one, with an ETag of its own, also instead of a 304. */
static void replace_list(struct request *rq, const char *text, bool keep_link)
{
    struct answer *a = &rq->answer;
    struct body *old = a->body;
    struct buf b = {0};
    buf_str(&b, text);
    a->body = body_create(&b);
    a->body->is_list = true;
    a->body->link = keep_link && old->link ? xstrdup(old->link) : NULL;
    a->status = 200;
    a->content_type = "application/json; charset=utf-8";
    body_etag(rq->server->bodies, a->body, rq->accept, rq->authorization, a->etag);
    body_release(rq->server->bodies, old);
}

/* Every other repository loses its owner, as those of deleted accounts do. False: there is none. */
static bool take_owners(json_t *list)
{
    json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        json_t *repo = json_object_get(item, "repo");
        if (i % 2 == 0)
            json_object_set_new(repo ? repo : item, "owner", json_null());
    }
    return json_array_size(list) > 0;
}

/* Keeps the first half of a page that is followed by others. */
static bool take_half(const struct request *rq, json_t *list)
{
    const char *link = rq->answer.body->link;
    size_t half = json_array_size(list) / 2;
    if (!link || !strstr(link, "rel=\"next\""))
        return false;
    while (json_array_size(list) > half)
        json_array_remove(list, json_array_size(list) - 1);
    return true;
}

/* An incomplete list is sent once: the same address is answered correctly afterwards. */
static bool is_first_time(struct request *rq)
{
    struct server *sv = rq->server;
    pthread_mutex_lock(&sv->fault_lock);
    bool first = names_get(&sv->faulted, rq->uri) == NONE;
    names_set(&sv->faulted, rq->uri, 1);
    pthread_mutex_unlock(&sv->fault_lock);
    return first;
}

/* False: there was nothing to remove. */
static bool spoil_list(struct request *rq)
{
    const struct answer *a = &rq->answer;
    json_t *list = a->status == 200 || a->status == 304
                       ? json_loadb(a->body->text.data, a->body->text.len, 0, NULL)
                       : NULL;
    bool spoiled = json_array_size(list) > 0;
    if (spoiled && rq->fault == FAULT_NO_OWNER)
        spoiled = take_owners(list);
    else if (spoiled && rq->fault == FAULT_SHORT)
        spoiled = take_half(rq, list) && is_first_time(rq);
    else if (spoiled)
        spoiled = is_first_time(rq) && json_array_clear(list) == 0;
    char *text = spoiled ? json_dumps(list, JSON_COMPACT) : NULL;
    if (text)
        replace_list(rq, text, rq->fault == FAULT_NO_OWNER);
    free(text);
    json_decref(list);
    return spoiled;
}

void fault_spoils(struct request *rq)
{
    if (rq->fault == FAULT_NO_OWNER || rq->fault == FAULT_SHORT || rq->fault == FAULT_EMPTY) {
        if (!spoil_list(rq))
            rq->fault = FAULT_NONE;
        return;
    }
    if (rq->answer.status != 200) {
        rq->fault = FAULT_NONE;
        return;
    }
    if (rq->fault == FAULT_WRONGTYPE)
        wrong_type(rq);
    if (rq->fault == FAULT_TRUNCATED)
        truncate_text(rq);
}
