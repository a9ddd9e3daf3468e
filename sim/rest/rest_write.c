/* rest_write.c: the few writes that change what reads show. Each runs under the world's write lock and applies the
 * ops of mutate.c, so that a client's write is the same change as a test's. */
#include "sim/rest/routes.h"
#include "sim/world/mutate.h"

#include <time.h>

#define DOCS "https://docs.github.com/rest/"

static void answer_empty(struct request *rq)
{
    struct buf none = {0};
    answer_json(rq, 204, &none);
}

/* Applies one op, which it takes. False after answering 422. */
static bool apply(struct request *rq, json_t *op)
{
    char err[512] = "";
    struct world *w = &rq->server->world;
    bool ok = op && mutate_by_client(w, op, err, sizeof err);
    json_decref(op);
    if (!ok)
        answer_error(rq, 422, *err ? err : "Validation Failed", DOCS);
    return ok;
}

/* The body as an object, a new reference; NULL after answering 400. */
static json_t *read_body(struct request *rq)
{
    json_t *body =
        rq->upload.data && !rq->upload_too_big ? json_loadb(rq->upload.data, rq->upload.len, 0, NULL) : NULL;
    if (json_is_object(body))
        return body;
    json_decref(body);
    answer_error(rq, 400, "Problems parsing JSON", DOCS);
    return NULL;
}

/* owner/name from the segments at and after `at`; NONE after answering 404. */
static uint32_t repo_at(struct request *rq, uint32_t at, char *full_name, size_t size)
{
    const struct world *w = &rq->server->world;
    uint32_t repo = world_repo_by_name(w, rq->segments[at], rq->segments[at + 1]);
    if (repo == NONE || !repo_visible(&w->repos[repo], &rq->view)) {
        answer_not_found(rq);
        return NONE;
    }
    snprintf(full_name, size, "%s/%s", w->users[w->repos[repo].owner].login, w->repos[repo].name);
    return repo;
}

static void write_star(struct request *rq)
{
    char name[512], err[512];
    uint32_t me = find_self(rq), repo = me == NONE ? NONE : repo_at(rq, 2, name, sizeof name);
    bool add = *rq->method == 'P';
    struct world *w = &rq->server->world;
    if (repo == NONE)
        return;
    if (world_has_star(w, me, repo) == add || mutate_star(w, me, repo, add, err, sizeof err))
        answer_empty(rq);
    else
        answer_error(rq, 422, err, DOCS "activity/starring");
}

static void write_follow(struct request *rq)
{
    struct world *w = &rq->server->world;
    uint32_t me = find_self(rq);
    uint32_t other = me == NONE ? NONE : world_user_by_login(w, rq->segments[2]);
    bool add = *rq->method == 'P';
    if (me == NONE)
        return;
    if (other == NONE)
        answer_not_found(rq);
    else if (index_has(&w->users[me].following, other) == add ||
             apply(rq, json_pack("{s:s,s:s,s:s}", "op", add ? "follow" : "unfollow", "user",
                                 w->users[me].login, "target", w->users[other].login)))
        answer_empty(rq);
}

/* Only the members that edit_user and edit_repo know; others are ignored, as by GitHub. */
static json_t *known_members(json_t *body, const char *const *names)
{
    json_t *set = json_object();
    for (; *names; names++)
        json_object_set(set, *names, json_object_get(body, *names));
    return set;
}

static void patch_self(struct request *rq)
{
    static const char *const names[] = {"name", "company",          "blog", "email", "location",
                                        "bio",  "twitter_username", NULL};
    uint32_t me = find_self(rq);
    json_t *body = me == NONE ? NULL : read_body(rq);
    if (!body)
        return;
    if (apply(rq, json_pack("{s:s,s:s,s:o}", "op", "edit_user", "login", rq->server->world.users[me].login,
                            "set", known_members(body, names))))
        get_self(rq);
    json_decref(body);
}

/* The repository at `at` when it is the caller's; NONE after answering. */
static uint32_t own_repo(struct request *rq, char *full_name, size_t size)
{
    uint32_t me = find_self(rq), repo = me == NONE ? NONE : repo_at(rq, 1, full_name, size);
    if (repo == NONE || rq->server->world.repos[repo].owner == me)
        return repo;
    answer_error(rq, 403, "Must have admin rights to Repository.", DOCS "repos/repos");
    return NONE;
}

static void patch_repo(struct request *rq)
{
    static const char *const names[] = {"description", "homepage",     "default_branch", "archived",
                                        "has_issues",  "has_projects", "has_wiki",       NULL};
    char name[512];
    uint32_t repo = own_repo(rq, name, sizeof name);
    json_t *body = repo == NONE ? NULL : read_body(rq), *hide = json_object_get(body, "private");
    if (!body)
        return;
    const struct repo *r = &rq->server->world.repos[repo];
    bool ok = apply(
        rq, json_pack("{s:s,s:s,s:o}", "op", "edit_repo", "repo", name, "set", known_members(body, names)));
    if (ok && json_is_boolean(hide) && json_is_true(hide) != r->is_private)
        ok = apply(rq, json_pack("{s:s,s:s,s:O}", "op", "set_private", "repo", name, "private", hide));
    if (ok)
        get_repo(rq);
    json_decref(body);
}

static void delete_repo(struct request *rq)
{
    char name[512];
    if (own_repo(rq, name, sizeof name) != NONE &&
        apply(rq, json_pack("{s:s,s:s}", "op", "delete_repo", "repo", name)))
        answer_empty(rq);
}

static void create_repo(struct request *rq)
{
    uint32_t me = find_self(rq);
    json_t *body = me == NONE ? NULL : read_body(rq);
    if (!body)
        return;
    struct world *w = &rq->server->world;
    json_t *name = json_object_get(body, "name");
    if (apply(rq, json_pack("{s:s,s:s,s:O?}", "op", "new_repo", "owner", w->users[me].login, "name", name))) {
        struct buf b = {0};
        uint32_t repo = w->n_repos - 1;
        render_repo_detail(&b, w, &rq->view, repo);
        answer_json(rq, 201, &b);
        snprintf(rq->answer.location, sizeof rq->answer.location, "%s/repos/%s/%s", rq->view.base,
                 w->users[me].login, w->repos[repo].name);
    }
    json_decref(body);
}

/* Not a change, but no GET either: text in, markup out, whatever its content type is. */
static void render_markdown(struct request *rq)
{
    struct buf b = {0};
    BUF_LIT(&b, "<p>");
    for (size_t i = 0; i < rq->upload.len; i++) {
        char c = rq->upload.data[i];
        if (c == '<' || c == '&')
            buf_str(&b, c == '<' ? "&lt;" : "&amp;");
        else
            buf_add(&b, &c, 1);
    }
    BUF_LIT(&b, "</p>\n");
    answer_media(rq, "text/html;charset=utf-8", &b, false, 0);
}

static const struct {
    const char *method, *pattern;
    void (*handler)(struct request *rq);
} routes[] = {
    {"PUT", "user/starred/*/*", write_star},
    {"DELETE", "user/starred/*/*", write_star},
    {"PUT", "user/following/*", write_follow},
    {"DELETE", "user/following/*", write_follow},
    {"PATCH", "user", patch_self},
    {"PATCH", "repos/*/*", patch_repo},
    {"DELETE", "repos/*/*", delete_repo},
    {"POST", "user/repos", create_repo},
    {"POST", "markdown/raw", render_markdown},
};

void route_write(struct request *rq)
{
    rq->answer.uncacheable = true;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(routes[i].method, rq->method) == 0 && route_fits(routes[i].pattern, rq)) {
            routes[i].handler(rq);
            return;
        }
    }
    answer_not_found(rq);
}
