/* rest_repo.c: repositories, their redirects and blocks, and their lists. */
#include "sim/rest/routes.h"

#include <stdlib.h>
#include <time.h>

#define PAGE_CAP 400 /* beyond it stargazer lists answer 422 */

static void answer_blocked(struct request *rq, const struct repo *r)
{
    bool dmca = r->block == BLOCK_DMCA;
    struct buf b = {0};
    buf_printf(&b, "{\"message\":\"Repository access blocked\",\"block\":{\"reason\":\"%s\",\"created_at\":",
               dmca ? "dmca" : "tos");
    buf_time(&b, r->blocked_at);
    BUF_LIT(&b, ",\"html_url\":");
    buf_json(&b, dmca ? "https://github.com/github/dmca/blob/master/2026/11/2026-11-01-simulated.md"
                      : "https://github.com/tos");
    BUF_LIT(&b, "}}");
    answer_json(rq, dmca ? 451 : 403, &b);
}

static void answer_moved(struct request *rq, const struct repo *r)
{
    struct buf b = {0};
    const char *base = rq->server->options.base_path;
    /* A redirect keeps the rest of the path: the lists of a renamed repository move with it. */
    snprintf(rq->answer.location, sizeof rq->answer.location, "%s%s/repositories/%lld", rq->origin, base,
             (long long)r->id);
    for (uint32_t i = 3; i < rq->n_segments; i++) {
        size_t n = strlen(rq->answer.location);
        snprintf(rq->answer.location + n, sizeof rq->answer.location - n, "/%s", rq->segments[i]);
    }
    const char *query = strchr(rq->uri, '?');
    size_t n = strlen(rq->answer.location);
    if (query)
        snprintf(rq->answer.location + n, sizeof rq->answer.location - n, "%s", query);
    BUF_LIT(&b, "{\"message\":\"Moved Permanently\",\"url\":");
    buf_json(&b, rq->answer.location);
    BUF_LIT(
        &b,
        ",\"documentation_url\":\"https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api"
        "#follow-redirects\"}");
    answer_json(rq, 301, &b);
}

uint32_t find_repo(struct request *rq)
{
    const struct world *w = &rq->server->world;
    uint32_t repo = NONE;
    int64_t id;
    if (strcmp(rq->segments[0], "repos") == 0) {
        repo = world_repo_by_name(w, rq->segments[1], rq->segments[2]);
        if (repo == NONE) {
            char key[512];
            snprintf(key, sizeof key, "%s/%s", rq->segments[1], rq->segments[2]);
            uint32_t moved = names_get(&w->old_full_names, key);
            if (moved != NONE && w->repos[moved].block != BLOCK_NONE)
                repo = moved;
            else if (moved != NONE && !w->repos[moved].gone && repo_visible(&w->repos[moved], &rq->view)) {
                answer_moved(rq, &w->repos[moved]);
                return NONE;
            }
        }
    } else if (read_id(rq->segments[1], &id)) {
        repo = world_repo_by_id_any(w, id);
    }
    if (repo != NONE && w->repos[repo].block != BLOCK_NONE) {
        answer_blocked(rq, &w->repos[repo]);
        return NONE;
    }
    if (repo != NONE && (w->repos[repo].gone || !repo_visible(&w->repos[repo], &rq->view)))
        repo = NONE;
    if (repo == NONE)
        answer_not_found(rq);
    return repo;
}

void get_repo(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE)
        return;
    struct buf b = {0};
    render_repo_detail(&b, &rq->server->world, &rq->view, repo);
    answer_object(rq, &b, rq->server->world.repos[repo].updated_at);
}

void list_repos(struct request *rq)
{
    const struct world *w = &rq->server->world;
    int64_t since = 0;
    read_id(request_query(rq, "since"), &since);
    uint32_t size = request_query(rq, "per_page") ? page_read(rq, 0).size : 100, n = 0;
    struct buf b = {0};
    int64_t last = 0;
    BUF_LIT(&b, "[");
    for (uint32_t i = world_repo_after(w, since); i < w->n_repos && n < size; i++) {
        if (w->repos[i].gone || w->repos[i].is_private)
            continue;
        buf_str(&b, n++ ? "," : "");
        render_repo_reduced(&b, w, &rq->view, i);
        last = w->repos[i].id;
    }
    BUF_LIT(&b, "]");
    answer_since(rq, &b, "/repositories", n == size ? last : 0);
}

/* Since July 2026 these lists are for collaborators only. True: the caller was refused. */
static bool refused(struct request *rq, uint32_t repo, const char *what)
{
    char message[100];
    if (rq->server->world.repos[repo].owner == rq->view.self)
        return false;
    struct page none = page_read(rq, 0);
    struct buf b = {0};
    switch ((enum stargazers_mode)rq->server->options.settings.stargazers) {
    case STARGAZERS_OPEN:
        return false;
    case STARGAZERS_EMPTY:
        BUF_LIT(&b, "[]");
        answer_list(rq, &b, NULL, &none);
        return true;
    case STARGAZERS_404:
        answer_not_found(rq);
        return true;
    case STARGAZERS_401:
        if (!rq->caller.authenticated) {
            answer_error(rq, 401, "Requires authentication",
                         "https://docs.github.com/rest/activity/starring#list-stargazers");
            return true;
        }
        break;
    case STARGAZERS_403:
        break;
    }
    snprintf(message, sizeof message, "You do not have permission to view the %s of this repository", what);
    answer_error(rq, 403, message, "https://docs.github.com/rest/activity/starring#list-stargazers");
    return true;
}

static bool beyond_cap(struct request *rq)
{
    int64_t page;
    if (!read_id(request_query(rq, "page"), &page) || page <= PAGE_CAP)
        return false;
    answer_error(rq, 422,
                 "In order to keep the API fast for everyone, pagination is limited for this resource.",
                 "https://docs.github.com/v3/#pagination");
    return true;
}

void list_stargazers(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE || refused(rq, repo, "stargazers") || beyond_cap(rq))
        return;
    const struct world *w = &rq->server->world;
    const struct star_list *stars = &w->repos[repo].stargazers;
    bool timed = request_accepts(rq, "star+json");
    struct page page = page_read(rq, stars->n);
    if (page.last > PAGE_CAP)
        page.last = PAGE_CAP;
    struct buf b = {0};
    char path[64];
    BUF_LIT(&b, "[");
    for (uint32_t i = page.first; i < page.end; i++) {
        buf_str(&b, i > page.first ? "," : "");
        if (timed) {
            BUF_LIT(&b, "{\"starred_at\":");
            buf_time(&b, stars->items[i].at);
            BUF_LIT(&b, ",\"user\":");
        }
        render_user_summary(&b, w, &rq->view, stars->items[i].peer);
        buf_str(&b, timed ? "}" : "");
    }
    BUF_LIT(&b, "]");
    snprintf(path, sizeof path, "/repositories/%lld/stargazers", (long long)w->repos[repo].id);
    answer_list(rq, &b, path, &page);
}

/* Only the owner watches in this world; the published number is larger. */
void list_subscribers(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE || refused(rq, repo, "watchers"))
        return;
    struct page page = page_read(rq, 1);
    struct buf b = {0};
    BUF_LIT(&b, "[");
    if (page.first == 0)
        render_user_summary(&b, &rq->server->world, &rq->view, rq->server->world.repos[repo].owner);
    BUF_LIT(&b, "]");
    answer_list(rq, &b, NULL, &page);
}

void get_star_count(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE)
        return;
    struct buf b = {0};
    buf_printf(&b, "{\"count\":%d}", rq->server->world.repos[repo].n_stars);
    answer_object(rq, &b, 0);
}

/* ---- star history ---- */

#define WEEK_S         (7 * 86400)
#define WEEKS_PER_PAGE 30

/* Sunday, 0:00 UTC, of the week a time lies in. */
static int64_t week_of(int64_t at)
{
    int64_t day = at / 86400;
    return (day - (day + 4) % 7) * 86400;
}

static bool history_refused(struct request *rq)
{
    const char *const doc = "https://docs.github.com/rest/activity/starring#list-stargazers";
    switch ((enum star_history_mode)rq->server->options.settings.star_history) {
    case STAR_HISTORY_OPEN:
        return false;
    case STAR_HISTORY_403:
        answer_error(rq, 403, "Resource not accessible by personal access token", doc);
        return true;
    case STAR_HISTORY_404:
        break;
    }
    answer_not_found(rq);
    return true;
}

/* One week: the stars from items[*at - 1] down that were given in it. */
static void add_week(struct buf *b, const struct star_list *stars, uint32_t *at, int64_t start)
{
    uint32_t days[7] = {0}, total = 0;
    for (; *at > 0 && stars->items[*at - 1].at >= start; (*at)--, total++)
        days[(stars->items[*at - 1].at - start) / 86400]++;
    buf_printf(b, "{\"week\":%lld,\"total\":%u,\"days\":[", (long long)start, total);
    for (int d = 0; d < 7; d++)
        buf_printf(b, "%s%u", d ? "," : "", days[d]);
    BUF_LIT(b, "]}");
}

/* Every week from the present one down to the first with a star, or the repository's first; at most 30 a page. */
void list_star_history(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE || history_refused(rq))
        return;
    const struct repo *r = &rq->server->world.repos[repo];
    const struct star_list *stars = &r->stargazers;
    int64_t first = r->created_at, last = week_of(time(NULL));
    if (stars->n && stars->items[0].at < first)
        first = stars->items[0].at;
    if (stars->n && stars->items[stars->n - 1].at >= last + WEEK_S)
        last = week_of(stars->items[stars->n - 1].at);
    uint32_t n_weeks = (uint32_t)((last - week_of(first)) / WEEK_S + 1);
    struct page page = page_read_most(rq, n_weeks, WEEKS_PER_PAGE);
    uint32_t at = stars->n;
    struct buf b = {0};
    char path[80];
    while (at > 0 && stars->items[at - 1].at >= last - (int64_t)page.first * WEEK_S + WEEK_S)
        at--;
    BUF_LIT(&b, "[");
    for (uint32_t i = page.first; i < page.end; i++) {
        buf_str(&b, i > page.first ? "," : "");
        add_week(&b, stars, &at, last - (int64_t)i * WEEK_S);
    }
    BUF_LIT(&b, "]");
    snprintf(path, sizeof path, "/repositories/%lld/stargazers/history", (long long)r->id);
    answer_list(rq, &b, path, &page);
}

/* The owner, or for an empty repository 204. */
void list_contributors(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE)
        return;
    const struct world *w = &rq->server->world;
    struct page page = page_read(rq, 1);
    struct buf b = {0};
    if (w->repos[repo].size_kib == 0) {
        answer_json(rq, 204, &b);
        return;
    }
    BUF_LIT(&b, "[");
    if (page.first == 0) {
        render_user_summary(&b, w, &rq->view, w->repos[repo].owner);
        b.len--; /* the brace: one more key */
        BUF_LIT(&b, ",\"contributions\":42}");
    }
    BUF_LIT(&b, "]");
    answer_list(rq, &b, NULL, &page);
}

void get_languages(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE)
        return;
    const struct repo *r = &rq->server->world.repos[repo];
    struct buf b = {0};
    BUF_LIT(&b, "{");
    if (r->language) {
        buf_json(&b, r->language);
        buf_printf(&b, ":%lld", (long long)r->size_kib * 1024);
    }
    BUF_LIT(&b, "}");
    answer_object(rq, &b, 0);
}

void get_topics(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE)
        return;
    struct buf b = {0};
    BUF_LIT(&b, "{\"names\":");
    render_topics(&b, &rq->server->world.repos[repo]);
    BUF_LIT(&b, "}");
    answer_object(rq, &b, 0);
}

void list_forks(struct request *rq)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE)
        return;
    const struct world *w = &rq->server->world;
    const struct index_list *forks = &w->repos[repo].forks;
    struct page page = page_read(rq, forks->n);
    struct buf b = {0};
    char path[64];
    BUF_LIT(&b, "[");
    for (uint32_t i = page.first; i < page.end; i++) { /* newest first */
        buf_str(&b, i > page.first ? "," : "");
        render_repo_minimal(&b, w, &rq->view, forks->items[forks->n - 1 - i]);
    }
    BUF_LIT(&b, "]");
    snprintf(path, sizeof path, "/repositories/%lld/forks", (long long)w->repos[repo].id);
    answer_list(rq, &b, path, &page);
}
