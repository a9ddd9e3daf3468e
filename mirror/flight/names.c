#include "mirror/flight/names.h"
#include "github/url.h"
#include <stdio.h>

#define MAX_DEPTH  24
#define PUBLIC_API "https://api.github.com"

/* ---- objects ---- */

/* A page, with any query, and the pages below it. */
static void add_tree(struct globs *globs, const char *upstream, const char *path)
{
    globs_add(globs, "%s%s", upstream, path);
    globs_add(globs, "%s%s?*", upstream, path);
    globs_add(globs, "%s%s/*", upstream, path);
}

void globs_of_tree(struct globs *globs, const char *upstream, const char *format, ...)
{
    char path[1000];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(path, sizeof path, format, args);
    va_end(args);
    if (n > 0 && (size_t)n < sizeof path)
        add_tree(globs, upstream, path);
}

static void add_all(struct globs *globs, const char *upstream, const char *const *globs_below)
{
    for (; *globs_below; globs_below++)
        globs_add(globs, "%s%s", upstream, *globs_below);
}

/* Lists, of whomever, that show a repository, its issues or its events. */
static void add_lists(struct globs *globs, const char *upstream, const char *owner)
{
    static const char *const lists[] = {"/repositories",
                                        "/repositories?*",
                                        "/user/repos*",
                                        "/user/*/repos*",
                                        "/organizations/*/repos*",
                                        "/user*/starred*",
                                        "/user*/subscriptions*",
                                        "/user/repository_invitations*",
                                        "/installation/repositories*",
                                        "/user/installations/*",
                                        "/teams/*/repos*",
                                        "/orgs/*/teams/*/repos*",
                                        "/issues*",
                                        "/user/issues*",
                                        "/search/*",
                                        "/notifications*",
                                        "/events*",
                                        "/user*/received_events*",
                                        NULL};
    globs_add(globs, "%s/users/%s/repos*", upstream, owner);
    globs_add(globs, "%s/orgs/%s/repos*", upstream, owner);
    globs_add(globs, "%s/orgs/%s/issues*", upstream, owner);
    globs_add(globs, "%s/user*/events/orgs/%s*", upstream, owner);
    add_all(globs, upstream, lists);
}

void globs_of_account(struct globs *globs, const char *upstream, const char *login, int64_t id)
{
    if (login) {
        globs_of_tree(globs, upstream, "/users/%s", login);
        globs_of_tree(globs, upstream, "/orgs/%s", login);
    }
    if (id > 0) {
        globs_of_tree(globs, upstream, "/user/%lld", (long long)id);
        globs_of_tree(globs, upstream, "/organizations/%lld", (long long)id);
    }
}

void globs_of_repository(struct globs *globs, const char *upstream, const char *full_name, int64_t id)
{
    const char *slash = full_name ? strchr(full_name, '/') : NULL;
    char owner[200];
    if (id > 0)
        globs_of_tree(globs, upstream, "/repositories/%lld", (long long)id);
    if (!slash || (size_t)(slash - full_name) >= sizeof owner)
        return;
    globs_of_tree(globs, upstream, "/repos/%s", full_name);
    globs_add(globs, "%s/networks/%s/*", upstream, full_name);
    snprintf(owner, sizeof owner, "%.*s", (int)(slash - full_name), full_name);
    add_lists(globs, upstream, owner);
}

void globs_of_memberships(struct globs *globs, const char *upstream)
{
    static const char *const lists[] = {"/user/orgs*", "/user*/orgs*", "/user/teams*", "/user/memberships/*",
                                        NULL};
    add_all(globs, upstream, lists);
}

/* ---- JSON ---- */

/* NULL for texts that would match more than one name in a glob, or end the path. */
static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && *text && !strpbrk(text, "*?#%") ? text : NULL;
}

static int64_t id_of(const json_t *object)
{
    return json_integer_value(json_object_get(object, "id"));
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; name && *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

static bool is_address_member(const char *name)
{
    size_t n = strlen(name);
    return strcmp(name, "url") == 0 || strcmp(name, "href") == 0 ||
           (n > 4 && strcmp(name + n - 4, "_url") == 0);
}

/* The path below the API of one of its URLs, in its one spelling; NULL for others. A template ends where its first variable begins. */
static char *path_of(struct arena *a, const char *upstream, const char *text)
{
    slice url = slice_of(text), base = slice_of(upstream);
    if (!slice_starts(url, base))
        base = SLICE(PUBLIC_API);
    if (!slice_starts(url, base) || url.len == base.len || url.ptr[base.len] != '/')
        return NULL;
    char *path = arena_strdup(a, url.ptr + base.len);
    path[strcspn(path, "?{#*")] = '\0';
    gh_url_canonical(path);
    return path;
}

/* "o/r" of "/repos/o/r/…", and what follows it; NULL for other paths. */
static const char *full_name_in(struct arena *a, const char *path, slice *rest_out)
{
    slice rest = slice_of(path), owner, name;
    if (!slice_starts(rest, SLICE("/repos/")))
        return NULL;
    rest = slice_from(rest.ptr + 7, rest.len - 7);
    if (!slice_split(&rest, '/', &owner) || !slice_split(&rest, '/', &name) || !owner.len || !name.len)
        return NULL;
    *rest_out = rest;
    return arena_printf(a, "%.*s/%.*s", SLICE_ARG(owner), SLICE_ARG(name));
}

/* The full name if the URL is a repository's own. */
static const char *repository_at(struct globs *globs, const char *upstream, const char *url)
{
    slice rest = {NULL, 0};
    const char *path = url ? path_of(globs->arena, upstream, url) : NULL;
    const char *full_name = path ? full_name_in(globs->arena, path, &rest) : NULL;
    return full_name && !rest.ptr ? full_name : NULL;
}

/* The page of a URL of the API, the pages below it, and the repository that it is part of. */
static void add_address(struct globs *globs, const char *upstream, const char *text)
{
    slice rest;
    const char *path = path_of(globs->arena, upstream, text);
    if (!path)
        return;
    if (strchr(path + 1, '/')) /* "/users" alone is the list of all */
        add_tree(globs, upstream, path);
    const char *full_name = full_name_in(globs->arena, path, &rest);
    if (full_name)
        globs_of_repository(globs, upstream, full_name, 0);
}

static bool is_member(const char *member, const char *name)
{
    return member && strcmp(member, name) == 0;
}

static void add_app(struct globs *globs, const char *upstream, const char *slug)
{
    if (slug)
        globs_of_tree(globs, upstream, "/apps/%s", slug);
}

/* Its account may be a user or an organization; a suspension shows at each of the account's repositories. */
static void add_installation(struct globs *globs, const char *upstream, const json_t *installation)
{
    const char *login = text_at(json_object_get(installation, "account"), "login");
    static const char *const pages[] = {"/app/installation*", "/app/hook/deliveries*", "/user/installations*",
                                        "/installation/repositories*", NULL};
    add_all(globs, upstream, pages);
    if (login)
        globs_add(globs, "%s/repos/%s/*/installation*", upstream, login);
}

/* Objects whose kind only the member's name shows. */
static void add_of_member(struct globs *globs, const char *upstream, const char *member, const json_t *object)
{
    static const char *const teams[] = {"team", "teams", "parent", "requested_team", NULL};
    static const char *const apps[] = {"app", "performed_via_github_app", "github_app", NULL};
    const char *slug = text_at(object, "slug");
    int64_t id = id_of(object);
    if (id > 0 && (is_one_of(member, teams) || (slug && json_object_get(object, "members_url"))))
        globs_of_tree(globs, upstream, "/teams/%lld", (long long)id);
    if (id > 0 && is_member(member, "installation"))
        add_installation(globs, upstream, object);
    if (slug && (is_member(member, "enterprise") || is_member(member, "account")))
        globs_of_tree(globs, upstream, "/enterprises/%s", slug);
    if (is_one_of(member, apps))
        add_app(globs, upstream, slug);
    if (is_member(member, "marketplace_purchase")) {
        globs_of_tree(globs, upstream, "/marketplace_listing");
        globs_add(globs, "%s/user/marketplace_purchases*", upstream);
    }
    if (is_member(member, "package") || is_member(member, "registry_package"))
        globs_add(globs, "%s/user/packages*", upstream);
    if (is_member(member, "project"))
        globs_add(globs, "%s/teams/*/projects*", upstream);
}

static void add_object(struct globs *globs, const char *upstream, const char *member, const json_t *object)
{
    const char *full_name = text_at(object, "full_name"), *login = text_at(object, "login");
    const char *advisory = text_at(object, "ghsa_id");
    int64_t id = id_of(object);
    if (!full_name) /* a pull request's repositories in a workflow run */
        full_name = repository_at(globs, upstream, text_at(object, "url"));
    if (advisory) {
        globs_of_tree(globs, upstream, "/advisories");
        globs_of_tree(globs, upstream, "/advisories/%s", advisory);
    }
    if (full_name && strchr(full_name, '/'))
        globs_of_repository(globs, upstream, full_name, id);
    if (login)
        globs_of_account(globs, upstream, login, id);
    add_app(globs, upstream, text_at(object, "app_slug"));
    add_of_member(globs, upstream, member, object);
}

static void walk(struct globs *globs, const char *upstream, const char *member, const json_t *value,
                 int depth)
{
    const char *name;
    json_t *one;
    size_t i;
    if (depth > MAX_DEPTH)
        return;
    if (json_is_array(value)) {
        json_array_foreach(value, i, one) walk(globs, upstream, member, one, depth + 1);
    } else if (json_is_object(value)) {
        add_object(globs, upstream, member, value);
        json_object_foreach((json_t *)(uintptr_t)value, name, one)
            walk(globs, upstream, name, one, depth + 1);
    } else if (member && json_is_string(value) && is_address_member(member)) {
        add_address(globs, upstream, json_string_value(value));
    }
}

void globs_of_json(struct globs *globs, const char *upstream, const json_t *json)
{
    walk(globs, upstream, NULL, json, 0);
}

/* ---- former names ---- */

static const json_t *at_path(const json_t *object, const char *const *names)
{
    for (; object && *names; names++)
        object = json_object_get(object, *names);
    return object;
}
#define AT_PATH(object, ...) at_path(object, (const char *const[]){__VA_ARGS__, NULL})

static const char *text_of(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && *text && !strpbrk(text, "*?#%/") ? text : NULL;
}

/* GitHub's slug of a team's name: letters and digits in lower case, a hyphen for anything else. */
static void slug_of(const char *name, char *out, size_t size)
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++) {
        char c = (char)(*name >= 'A' && *name <= 'Z' ? *name + 32 : *name);
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
        if (plain)
            out[n++] = c;
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        n--;
    out[n] = '\0';
}

/* docs.github.com, "Webhook events and payloads": repository.renamed, repository.transferred, organization.renamed,
 * team.edited, installation_target.renamed. */
void globs_of_former_names(struct globs *globs, const char *upstream, const json_t *payload)
{
    static const char *const accounts[] = {"/users", "/users?*", "/organizations", "/organizations?*", NULL};
    char name[400];
    const json_t *changes = json_object_get(payload, "changes");
    const char *owner = text_of(AT_PATH(payload, "repository", "owner", "login"));
    const char *now = text_of(AT_PATH(payload, "repository", "name"));
    const char *renamed = text_of(AT_PATH(changes, "repository", "name", "from"));
    const char *user = text_of(AT_PATH(changes, "owner", "from", "user", "login"));
    const char *organization = text_of(AT_PATH(changes, "owner", "from", "organization", "login"));
    const char *giver = organization ? organization : user,
               *login = text_of(AT_PATH(changes, "login", "from"));
    const char *enterprise = text_of(AT_PATH(changes, "slug", "from"));
    const char *team = text_of(AT_PATH(changes, "name", "from")),
               *org = text_of(AT_PATH(payload, "organization", "login"));
    if (owner && renamed) {
        snprintf(name, sizeof name, "%s/%s", owner, renamed);
        globs_of_repository(globs, upstream, name, 0);
    }
    if (giver && now) {
        snprintf(name, sizeof name, "%s/%s", giver, renamed ? renamed : now);
        globs_of_repository(globs, upstream, name, 0);
    }
    if (login) {
        globs_of_account(globs, upstream, login, 0);
        globs_of_tree(globs, upstream, "/repos/%s", login); /* every repository there */
        add_all(globs, upstream, accounts);
    }
    if (enterprise)
        globs_of_tree(globs, upstream, "/enterprises/%s", enterprise);
    if (team && org && json_object_get(payload, "team")) {
        slug_of(team, name, sizeof name);
        globs_of_tree(globs, upstream, "/orgs/%s/teams/%s", org, name);
    }
}
