/* The pages on which others see what a write has changed: the path's own, and those that show the same objects by another name or in a
 * list. Where the path does not say which object it is (an id instead of a name, an invitation), all that it may be. */
#include "mirror/flight/names.h"
#include <stdio.h>

#define MAX_SEGMENTS 8

struct write_path {
    struct globs *globs;
    const char *upstream;
    char segments[MAX_SEGMENTS][200]; /* in lower case; "" after the last */
    size_t n;
};

static void split(const char *path, struct write_path *w)
{
    slice rest = slice_from(path, strcspn(path, "?")), one;
    while (w->n < MAX_SEGMENTS && slice_split(&rest, '/', &one)) {
        if (!one.len)
            continue;
        char *out = w->segments[w->n++];
        snprintf(out, sizeof w->segments[0], "%.*s", SLICE_ARG(one));
        for (; *out; out++)
            *out = (char)(*out >= 'A' && *out <= 'Z' ? *out + 32 : *out);
    }
}

static bool is(const struct write_path *w, size_t at, const char *name)
{
    return strcmp(w->segments[at], name) == 0;
}

static void add_all(const struct write_path *w, const char *const *globs_below)
{
    for (; *globs_below; globs_below++)
        globs_add(w->globs, "%s%s", w->upstream, *globs_below);
}
#define ADD_ALL(w, ...) add_all(w, (const char *const[]){__VA_ARGS__, NULL})

/* ---- objects ---- */

/* An account by its name: its id, and which credentials are its own, are not known. */
static void of_account(const struct write_path *w, const char *login)
{
    globs_of_account(w->globs, w->upstream, login, 0);
    ADD_ALL(w, "/user", "/user?*", "/user/*", "/organizations/*");
}

static void of_repository(const struct write_path *w, const char *owner, const char *name)
{
    char full_name[402];
    snprintf(full_name, sizeof full_name, "%s/%s", owner, name);
    globs_of_repository(w->globs, w->upstream, full_name, 0);
    ADD_ALL(w, "/repositories/*");
}

/* Its teams, members and settings show at its repositories, too. */
static void of_organization(const struct write_path *w, const char *login)
{
    of_account(w, login);
    globs_add(w->globs, "%s/repos/%s/*", w->upstream, login);
    ADD_ALL(w, "/teams/*", "/users/*", "/repositories/*", "/issues*", "/search/*");
}

/* ---- paths ---- */

static void at_repos(const struct write_path *w)
{
    if (w->n < 3)
        return;
    of_repository(w, w->segments[1], w->segments[2]);
    if (w->n == 3 || is(w, 3, "transfer") || is(w, 3, "collaborators") || is(w, 3, "invitations"))
        of_account(w, w->segments[1]);
    if (w->n > 4 && is(w, 3, "collaborators"))
        of_account(w, w->segments[4]);
}

static void at_repositories(const struct write_path *w)
{
    of_repository(w, "*", "*");
    ADD_ALL(w, "/users/*", "/orgs/*", "/user", "/user?*", "/user/*");
}

static void at_orgs(const struct write_path *w)
{
    if (w->n < 2)
        return;
    of_organization(w, w->segments[1]);
    if (w->n == 7 && is(w, 2, "teams") && is(w, 4, "repos"))
        of_repository(w, w->segments[5], w->segments[6]);
}

static void at_organizations(const struct write_path *w)
{
    of_organization(w, "*");
}

static void at_teams(const struct write_path *w)
{
    if (w->n >= 2)
        globs_of_tree(w->globs, w->upstream, "/teams/%s", w->segments[1]);
    ADD_ALL(w, "/orgs/*", "/organizations/*", "/users/*", "/user", "/user?*", "/user/*", "/repos/*/teams*",
            "/repos/*/collaborators*", "/repositories/*");
    if (w->n == 5 && is(w, 2, "repos"))
        of_repository(w, w->segments[3], w->segments[4]);
}

/* What a user who has signed in does shows at /users/LOGIN and /user/ID, which the path does not say. */
static void at_user(const struct write_path *w)
{
    if (w->n == 4 && (is(w, 1, "starred") || is(w, 1, "subscriptions"))) {
        of_repository(w, w->segments[2], w->segments[3]);
        return;
    }
    ADD_ALL(w, "/user", "/user?*", "/user/*");
    if (w->n > 1)
        globs_add(w->globs, "%s/users/*/%s*", w->upstream, w->segments[1]);
    if (w->n == 4 && is(w, 1, "memberships")) {
        of_organization(w, w->segments[3]);
    } else if (w->n == 3 && (is(w, 1, "following") || is(w, 1, "blocks"))) {
        of_account(w, w->segments[2]);
        ADD_ALL(w, "/users/*"); /* the user's number of followed accounts */
    } else if (is(w, 1, "installations")) {
        ADD_ALL(w, "/installation/repositories*");
    } else if (is(w, 1, "repository_invitations")) {
        ADD_ALL(w, "/users/*/repos*", "/repos/*/invitations*", "/repos/*/collaborators*",
                "/repos/*/assignees*", "/repos/*/teams*", "/repositories/*",
                "/orgs/*/outside_collaborators*");
    }
}

static void at_users(const struct write_path *w)
{
    if (w->n >= 2)
        of_account(w, w->segments[1]);
}

static void at_gists(const struct write_path *w)
{
    ADD_ALL(w, "/gists/public*", "/gists/starred*", "/users/*", "/user", "/user?*", "/user/*");
}

static void at_projects(const struct write_path *w)
{
    ADD_ALL(w, "/projects/*", "/repos/*/projects*", "/repositories/*", "/orgs/*/projects*",
            "/organizations/*/projects*", "/users/*/projects*", "/user/*/projects*", "/teams/*/projects*");
}

static void at_app(const struct write_path *w)
{
    ADD_ALL(w, "/app/*", "/apps/*", "/installation/*", "/user/installations*", "/orgs/*/installation*",
            "/organizations/*/installation*", "/user*/installation*", "/repos/*/installation*",
            "/repositories/*");
}

static void at_notifications(const struct write_path *w)
{
    ADD_ALL(w, "/notifications*", "/repos/*/notifications*", "/repositories/*");
}

/* An administrator's, or one that revokes tokens: it may show anywhere. */
static void at_administration(const struct write_path *w)
{
    ADD_ALL(w, "/*");
}

static const struct {
    const char *first;
    void (*add)(const struct write_path *w);
} table[] = {{"repos", at_repos},
             {"repositories", at_repositories},
             {"orgs", at_orgs},
             {"organizations", at_organizations},
             {"teams", at_teams},
             {"user", at_user},
             {"users", at_users},
             {"gists", at_gists},
             {"projects", at_projects},
             {"app", at_app},
             {"installation", at_app},
             {"notifications", at_notifications},
             {"applications", at_administration},
             {"credentials", at_administration},
             {"enterprises", at_administration},
             {"scim", at_administration},
             {"admin", at_administration}};

/* docs.github.com, "Transfer a repository": the answer still has the former owner. */
static void of_body(const struct write_path *w, const json_t *body)
{
    const char *owner = json_string_value(json_object_get(body, "new_owner"));
    if (!owner || !*owner || strpbrk(owner, "*?#%/"))
        return;
    of_account(w, owner);
    globs_add(w->globs, "%s/repos/%s/*", w->upstream, owner);
}

void globs_of_write(struct globs *globs, const char *upstream, const char *path, const json_t *body)
{
    struct write_path w = {.globs = globs, .upstream = upstream};
    split(path, &w);
    globs_of_path(globs, upstream, path);
    for (size_t i = 0; w.n && i < ARRAY_LEN(table); i++)
        if (is(&w, 0, table[i].first))
            table[i].add(&w);
    of_body(&w, body);
}
