/* rest_user.c: accounts and their lists. */
#include "sim/rest/routes.h"

#include <ctype.h>
#include <stdlib.h>

/* Whether the path is the caller's own: /user and below, but not /user/{id}. */
static bool is_self(const struct request *rq)
{
    return strcmp(rq->segments[0], "user") == 0 &&
           (rq->n_segments < 2 || !isdigit((unsigned char)rq->segments[1][0]));
}

uint32_t find_self(struct request *rq)
{
    if (!rq->caller.authenticated)
        answer_error(rq, 401, "Requires authentication",
                     "https://docs.github.com/rest/users/users#get-the-authenticated-user");
    else if (rq->view.self == NONE) /* as with the token of an installation */
        answer_error(rq, 403, "Resource not accessible by integration",
                     "https://docs.github.com/rest/users/users");
    return rq->view.self;
}

/* users/{login} and orgs/{login} by name, user/{id} by number, user/… by token; NONE after answering why. */
static uint32_t find_user(struct request *rq)
{
    uint32_t user = NONE;
    int64_t id;
    if (is_self(rq))
        return find_self(rq);
    if (strcmp(rq->segments[0], "user") != 0)
        user = world_user_by_login(&rq->server->world, rq->segments[1]);
    else if (read_id(rq->segments[1], &id))
        user = world_user_by_id(&rq->server->world, id);
    if (user == NONE)
        answer_not_found(rq);
    return user;
}

static void show_user(struct request *rq, uint32_t user)
{
    struct buf b = {0};
    render_user_detail(&b, &rq->server->world, &rq->view, user);
    answer_object(rq, &b, rq->server->world.users[user].updated_at);
}

void get_user(struct request *rq)
{
    uint32_t user = find_user(rq);
    if (user != NONE)
        show_user(rq, user);
}

void get_self(struct request *rq)
{
    uint32_t user = find_self(rq);
    if (user != NONE)
        show_user(rq, user);
}

void get_org(struct request *rq)
{
    uint32_t user = find_user(rq);
    if (user == NONE)
        return;
    if (rq->server->world.users[user].type != TYPE_ORG) {
        answer_not_found(rq);
        return;
    }
    struct buf b = {0};
    render_org_full(&b, &rq->server->world, &rq->view, user);
    answer_object(rq, &b, rq->server->world.users[user].updated_at);
}

void list_users(struct request *rq)
{
    const struct world *w = &rq->server->world;
    int64_t since = 0;
    read_id(request_query(rq, "since"), &since);
    uint32_t size = page_read(rq, 0).size, n = 0;
    struct buf b = {0};
    int64_t last = 0;
    BUF_LIT(&b, "[");
    for (uint32_t i = world_user_after(w, since); i < w->n_users && n < size; i++) {
        if (w->users[i].gone)
            continue;
        buf_str(&b, n++ ? "," : "");
        render_user_summary(&b, w, &rq->view, i);
        last = w->users[i].id;
    }
    BUF_LIT(&b, "]");
    answer_since(rq, &b, "/users", n == size ? last : 0);
}

/* Link uses ids, except in the caller's own lists. */
static void name_list(const struct request *rq, uint32_t user, const char *tail, char out[64])
{
    bool org = strcmp(rq->segments[0], "orgs") == 0;
    if (is_self(rq))
        snprintf(out, 64, "/user/%s", tail);
    else
        snprintf(out, 64, "/%s/%lld/%s", org ? "organizations" : "user",
                 (long long)rq->server->world.users[user].id, tail);
}

static void list_accounts(struct request *rq, uint32_t user, const struct index_list *list, const char *tail)
{
    char path[64];
    struct buf b = {0};
    struct page page = page_read(rq, list->n);
    BUF_LIT(&b, "[");
    for (uint32_t i = page.first; i < page.end; i++) {
        buf_str(&b, i > page.first ? "," : "");
        render_user_summary(&b, &rq->server->world, &rq->view, list->items[i]);
    }
    BUF_LIT(&b, "]");
    name_list(rq, user, tail, path);
    answer_list(rq, &b, path, &page);
}

void list_followers(struct request *rq)
{
    uint32_t user = find_user(rq);
    if (user != NONE)
        list_accounts(rq, user, &rq->server->world.users[user].followers, "followers");
}

void list_following(struct request *rq)
{
    uint32_t user = find_user(rq);
    if (user != NONE)
        list_accounts(rq, user, &rq->server->world.users[user].following, "following");
}

/* 204 if the caller stars or follows it, else 404. */
static void answer_yes_or_no(struct request *rq, bool yes)
{
    struct buf none = {0};
    if (yes)
        answer_json(rq, 204, &none);
    else
        answer_not_found(rq);
}

void get_is_starred(struct request *rq)
{
    const struct world *w = &rq->server->world;
    uint32_t me = find_self(rq), repo = world_repo_by_name(w, rq->segments[2], rq->segments[3]);
    if (me != NONE)
        answer_yes_or_no(rq, repo != NONE && world_has_star(w, me, repo));
}

void get_is_followed(struct request *rq)
{
    const struct world *w = &rq->server->world;
    uint32_t me = find_self(rq), other = world_user_by_login(w, rq->segments[2]);
    if (me != NONE)
        answer_yes_or_no(rq, other != NONE && index_has(&w->users[me].following, other));
}

/* Subscriptions are deprecated and empty; public memberships are not imitated. */
void list_nothing(struct request *rq)
{
    if (find_user(rq) == NONE)
        return;
    struct buf b = {0};
    struct page page = page_read(rq, 0);
    BUF_LIT(&b, "[]");
    answer_list(rq, &b, NULL, &page);
}

struct sorted_repo {
    const struct repo *repo;
    int64_t key;
    uint32_t index;
};

static int by_name(const void *a, const void *b)
{
    const struct sorted_repo *x = a, *y = b;
    int order = strcasecmp(x->repo->name, y->repo->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_key(const void *a, const void *b)
{
    const struct sorted_repo *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static int64_t sort_key(const struct repo *r, const char *sort)
{
    if (strcmp(sort, "created") == 0)
        return r->created_at;
    return strcmp(sort, "updated") == 0 ? r->updated_at : r->pushed_at;
}

/* Sorts as the query says: full_name ascending unless told otherwise, dates newest first. Private ones show
 * in the caller's own list only. *n_out of them; free() the array. */
static struct sorted_repo *sort_repos(const struct request *rq, const struct index_list *repos,
                                      uint32_t *n_out)
{
    uint32_t n = 0;
    const char *sort = request_query(rq, "sort"), *direction = request_query(rq, "direction");
    bool dated = sort && (!strcmp(sort, "created") || !strcmp(sort, "updated") || !strcmp(sort, "pushed"));
    struct sorted_repo *sorted = xalloc((repos->n + 1) * sizeof *sorted);
    for (uint32_t i = 0; i < repos->n; i++) {
        const struct repo *r = &rq->server->world.repos[repos->items[i]];
        if (!r->is_private || is_self(rq))
            sorted[n++] = (struct sorted_repo){r, dated ? sort_key(r, sort) : 0, repos->items[i]};
    }
    qsort(sorted, n, sizeof *sorted, dated ? by_key : by_name);
    bool down = direction ? strcmp(direction, "desc") == 0 : dated;
    for (uint32_t i = 0; down && i < n / 2; i++) {
        struct sorted_repo swap = sorted[i];
        sorted[i] = sorted[n - 1 - i];
        sorted[n - 1 - i] = swap;
    }
    *n_out = n;
    return sorted;
}

void list_user_repos(struct request *rq)
{
    uint32_t user = find_user(rq);
    if (user == NONE)
        return;
    const struct world *w = &rq->server->world;
    const char *type = request_query(rq, "type");
    static const struct index_list none = {0};
    const struct index_list *repos = type && !strcmp(type, "member") ? &none : &w->users[user].repos;
    uint32_t n = 0;
    struct sorted_repo *sorted = sort_repos(rq, repos, &n);
    struct page page = page_read(rq, n);
    struct buf b = {0};
    char path[64];
    BUF_LIT(&b, "[");
    for (uint32_t i = page.first; i < page.end; i++) {
        buf_str(&b, i > page.first ? "," : "");
        render_repo_minimal(&b, w, &rq->view, sorted[i].index);
    }
    BUF_LIT(&b, "]");
    free(sorted);
    name_list(rq, user, "repos", path);
    answer_list(rq, &b, path, &page);
}

/* The user's stars that the caller may see, oldest first; free() the items. */
static struct star_list visible_stars(const struct request *rq, uint32_t user)
{
    const struct star_list *all = &rq->server->world.users[user].starred;
    struct star_list seen = {.items = xalloc((all->n + 1) * sizeof *seen.items)};
    for (uint32_t i = 0; i < all->n; i++)
        if (repo_visible(&rq->server->world.repos[all->items[i].peer], &rq->view))
            seen.items[seen.n++] = all->items[i];
    return seen;
}

void list_starred(struct request *rq)
{
    uint32_t user = find_user(rq);
    if (user == NONE)
        return;
    const struct world *w = &rq->server->world;
    struct star_list stars = visible_stars(rq, user);
    const char *direction = request_query(rq, "direction");
    bool ascending = direction && strcmp(direction, "asc") == 0, timed = request_accepts(rq, "star+json");
    struct page page = page_read(rq, stars.n);
    struct buf b = {0};
    char path[64];
    BUF_LIT(&b, "[");
    for (uint32_t i = page.first; i < page.end; i++) {
        const struct star *s = &stars.items[ascending ? i : stars.n - 1 - i];
        buf_str(&b, i > page.first ? "," : "");
        if (timed) {
            BUF_LIT(&b, "{\"starred_at\":");
            buf_time(&b, s->at);
            BUF_LIT(&b, ",\"repo\":");
        }
        render_repo_minimal(&b, w, &rq->view, s->peer);
        buf_str(&b, timed ? "}" : "");
    }
    BUF_LIT(&b, "]");
    free(stars.items);
    name_list(rq, user, "starred", path);
    answer_list(rq, &b, path, &page);
}
