/* rest_misc.c: the root, limits, versions, meta and the search for accounts. */
#include "sim/rest/routes.h"

#define MAX_FOUND 1000

void get_root(struct request *rq)
{
    const char *base = rq->server->url_base;
    struct buf b = {0};
    buf_printf(&b,
               "{\"current_user_url\":\"%s/user\",\"rate_limit_url\":\"%s/rate_limit\",\"user_url\":\"%s/"
               "users/{user}\","
               "\"repository_url\":\"%s/repos/{owner}/{repo}\",\"organization_url\":\"%s/orgs/{org}\","
               "\"user_search_url\":\"%s/search/users?q={query}{&page,per_page,sort,order}\"}",
               base, base, base, base, base, base);
    answer_object(rq, &b, 0);
}

static void add_quota(struct buf *b, const char *name, const struct quota *q)
{
    buf_printf(b, "\"%s\":{\"limit\":%lld,\"used\":%lld,\"remaining\":%lld,\"reset\":%lld}", name,
               (long long)q->limit, (long long)q->used, (long long)q->remaining, (long long)q->reset_at);
}

void get_rate_limit(struct request *rq)
{
    const struct settings *s = &rq->server->options.settings;
    if (s->no_limits) {
        answer_error(rq, 404, "Rate limiting is not enabled.",
                     "https://docs.github.com/rest/rate-limit/rate-limit");
        return;
    }
    struct quota q[N_RESOURCES], none = {0};
    for (int r = 0; r < N_RESOURCES; r++)
        q[r] = accounts_quota(rq->server->accounts, &rq->caller, s, (enum resource)r);
    none.limit = none.remaining = 10;
    none.reset_at = q[RES_SEARCH].reset_at;
    struct buf b = {0};
    BUF_LIT(&b, "{\"resources\":{");
    add_quota(&b, "core", &q[RES_CORE]);
    BUF_LIT(&b, ",");
    add_quota(&b, "search", &q[RES_SEARCH]);
    BUF_LIT(&b, ",");
    add_quota(&b, "graphql", &q[RES_GRAPHQL]);
    BUF_LIT(&b, ",");
    add_quota(&b, "code_search", &none);
    BUF_LIT(&b, "}");
    if (!rq->view.version_2026) {
        BUF_LIT(&b, ",");
        add_quota(&b, "rate", &q[RES_CORE]);
    }
    BUF_LIT(&b, "}");
    answer_json(rq, 200, &b);
    rq->answer.uncacheable = true;
}

void get_versions(struct request *rq)
{
    struct buf b = {0};
    BUF_LIT(&b, "[\"2026-03-10\",\"2022-11-28\"]");
    answer_object(rq, &b, 0);
}

void get_meta(struct request *rq)
{
    struct buf b = {0};
    BUF_LIT(&b, "{\"verifiable_password_authentication\":false,\"api\":[\"192.0.2.0/"
                "24\"],\"web\":[\"192.0.2.0/24\"]}");
    answer_object(rq, &b, 0);
}

/* The words of the query that are no qualifiers, as one needle; type:user and type:org are understood. */
struct search {
    char needle[128];
    int type; /* -1: any */
};

static struct search read_search(const char *q)
{
    struct search s = {.type = -1};
    while (*q) {
        q += strspn(q, " +");
        size_t n = strcspn(q, " +");
        if (strncmp(q, "type:org", 8) == 0)
            s.type = TYPE_ORG;
        else if (strncmp(q, "type:user", 9) == 0)
            s.type = TYPE_USER;
        else if (!memchr(q, ':', n) && n < sizeof s.needle && !*s.needle)
            memcpy(s.needle, q, n);
        q += n;
    }
    return s;
}

static bool found(const struct user *u, const struct search *s)
{
    if (u->gone || (s->type >= 0 && u->type != (enum account_type)s->type))
        return false;
    return strcasestr(u->login, s->needle) || (u->name && strcasestr(u->name, s->needle));
}

static void answer_no_query(struct request *rq)
{
    struct buf b = {0};
    BUF_LIT(
        &b,
        "{\"message\":\"Validation Failed\",\"errors\":[{\"resource\":\"Search\",\"field\":\"q\",\"code\":"
        "\"missing\"}],\"documentation_url\":\"https://docs.github.com/v3/search\",\"status\":\"422\"}");
    answer_json(rq, 422, &b);
}

void search_users(struct request *rq)
{
    const struct world *w = &rq->server->world;
    const char *q = request_query(rq, "q");
    if (!q || !*q) {
        answer_no_query(rq);
        return;
    }
    struct search s = read_search(q);
    uint32_t total = 0;
    for (uint32_t i = 0; i < w->n_users; i++)
        total += found(&w->users[i], &s);
    struct page page = page_read(rq, total < MAX_FOUND ? total : MAX_FOUND);
    if ((uint64_t)(page.number - 1) * page.size >= MAX_FOUND) {
        answer_error(rq, 422, "Only the first 1000 search results are available",
                     "https://docs.github.com/v3/search/");
        return;
    }
    struct buf b = {0};
    uint32_t n = 0;
    buf_printf(&b, "{\"total_count\":%u,\"incomplete_results\":false,\"items\":[", total);
    for (uint32_t i = 0; i < w->n_users && n < page.end; i++) {
        if (!found(&w->users[i], &s))
            continue;
        if (n >= page.first) {
            buf_str(&b, n > page.first ? "," : "");
            render_user_summary(&b, w, &rq->view, i);
            b.len--;
            BUF_LIT(&b, ",\"score\":1.0}");
        }
        n++;
    }
    BUF_LIT(&b, "]}");
    answer_list(rq, &b, "/search/users", &page);
}
