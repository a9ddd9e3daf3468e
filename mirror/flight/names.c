#include "mirror/flight/names.h"
#include <stdio.h>
#include <strings.h>

#define MAX_DEPTH    24
#define MAX_SEGMENTS 8
#define PUBLIC_API   "https://api.github.com"

/* ---- objects ---- */

/* A page, with any query, and the pages below it. */
static void add_tree(struct globs *globs, const char *upstream, const char *path)
{
    globs_add(globs, "%s%s", upstream, path);
    globs_add(globs, "%s%s?*", upstream, path);
    globs_add(globs, "%s%s/*", upstream, path);
}

static void tree(struct globs *globs, const char *upstream, const char *format, ...) PRINTF_LIKE(3, 4);
static void tree(struct globs *globs, const char *upstream, const char *format, ...)
{
    char path[1000];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(path, sizeof path, format, args);
    va_end(args);
    if (n > 0 && (size_t)n < sizeof path)
        add_tree(globs, upstream, path);
}

/* Lists of repositories, with any query, of an owner and of an installation. */
static void add_lists(struct globs *globs, const char *upstream, const char *owner)
{
    globs_add(globs, "%s/users/%s/repos*", upstream, owner);
    globs_add(globs, "%s/orgs/%s/repos*", upstream, owner);
    globs_add(globs, "%s/user/repos*", upstream);
    globs_add(globs, "%s/user/starred*", upstream);
    globs_add(globs, "%s/installation/repositories*", upstream);
    globs_add(globs, "%s/user/installations/*", upstream);
}

/* login or id may be missing (NULL, 0). */
static void globs_of_account(struct globs *globs, const char *upstream, const char *login, int64_t id)
{
    if (login) {
        tree(globs, upstream, "/users/%s", login);
        tree(globs, upstream, "/orgs/%s", login);
    }
    if (id > 0) {
        tree(globs, upstream, "/user/%lld", (long long)id);
        tree(globs, upstream, "/organizations/%lld", (long long)id);
    }
}

static void globs_of_repository(struct globs *globs, const char *upstream, const char *full_name, int64_t id)
{
    const char *slash = full_name ? strchr(full_name, '/') : NULL;
    char owner[200];
    if (full_name)
        tree(globs, upstream, "/repos/%s", full_name);
    if (id > 0)
        tree(globs, upstream, "/repositories/%lld", (long long)id);
    if (slash && (size_t)(slash - full_name) < sizeof owner) {
        snprintf(owner, sizeof owner, "%.*s", (int)(slash - full_name), full_name);
        add_lists(globs, upstream, owner);
    }
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

/* The page of an API URL and the pages below it; a template ends where its first variable begins. */
static void add_address(struct globs *globs, const char *upstream, const char *text)
{
    slice url = slice_of(text), base = slice_of(upstream);
    if (!slice_starts(url, base))
        base = SLICE(PUBLIC_API);
    if (!slice_starts(url, base) || url.len == base.len || url.ptr[base.len] != '/')
        return;
    url = slice_from(url.ptr + base.len, url.len - base.len);
    url.len = strcspn(url.ptr, "?{#*");
    while (url.len > 1 && url.ptr[url.len - 1] == '/')
        url.len--;
    if (memchr(url.ptr + 1, '/', url.len - 1)) /* "/users" alone is the list of all */
        tree(globs, upstream, "%.*s", SLICE_ARG(url));
}

static void add_object(struct globs *globs, const char *upstream, const char *member, const json_t *object)
{
    static const char *const teams[] = {"team", "teams", "parent", "requested_team", NULL};
    const char *full_name = text_at(object, "full_name"), *login = text_at(object, "login");
    const char *slug = text_at(object, "slug"), *advisory = text_at(object, "ghsa_id");
    int64_t id = id_of(object);
    if (slug && member && strcmp(member, "enterprise") == 0)
        tree(globs, upstream, "/enterprises/%s", slug);
    if (advisory) {
        tree(globs, upstream, "/advisories");
        tree(globs, upstream, "/advisories/%s", advisory);
    }
    if (member && strcmp(member, "marketplace_purchase") == 0)
        tree(globs, upstream, "/marketplace_listing");
    if (full_name && strchr(full_name, '/'))
        globs_of_repository(globs, upstream, full_name, id);
    if (login)
        globs_of_account(globs, upstream, login, id);
    if (id > 0 && (is_one_of(member, teams) ||
                   (json_object_get(object, "members_url") && json_object_get(object, "slug"))))
        tree(globs, upstream, "/teams/%lld", (long long)id);
    if (id > 0 && member && strcmp(member, "installation") == 0) {
        tree(globs, upstream, "/app/installations");
        tree(globs, upstream, "/user/installations");
        tree(globs, upstream, "/installation/repositories");
    }
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
    char name[400];
    const json_t *changes = json_object_get(payload, "changes");
    const char *owner = text_of(AT_PATH(payload, "repository", "owner", "login"));
    const char *now = text_of(AT_PATH(payload, "repository", "name"));
    const char *renamed = text_of(AT_PATH(changes, "repository", "name", "from"));
    const char *user = text_of(AT_PATH(changes, "owner", "from", "user", "login"));
    const char *organization = text_of(AT_PATH(changes, "owner", "from", "organization", "login"));
    const char *giver = organization ? organization : user,
               *login = text_of(AT_PATH(changes, "login", "from"));
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
        tree(globs, upstream, "/repos/%s", login); /* every repository there */
    }
    if (team && org && json_object_get(payload, "team")) {
        slug_of(team, name, sizeof name);
        tree(globs, upstream, "/orgs/%s/teams/%s", org, name);
    }
}

/* ---- writes ---- */

/* The path's segments, each copied. Returns how many. */
static size_t split(const char *path, char out[MAX_SEGMENTS][200])
{
    slice rest = slice_from(path, strcspn(path, "?")), one;
    size_t n = 0;
    while (n < MAX_SEGMENTS && slice_split(&rest, '/', &one)) {
        if (!one.len)
            continue;
        snprintf(out[n], 200, "%.*s", SLICE_ARG(one));
        n++;
    }
    return n;
}

static void of_repository_path(struct globs *globs, const char *upstream, const char *owner, const char *name,
                               bool whole)
{
    char full_name[402];
    snprintf(full_name, sizeof full_name, "%s/%s", owner, name);
    globs_add(globs, "%s/repositories/*", upstream); /* its id is not known */
    if (whole)
        globs_of_repository(globs, upstream, full_name, 0);
    else
        add_lists(globs, upstream, owner);
}

/* /orgs/O/teams/T/repos/OWNER/NAME and /teams/ID/repos/OWNER/NAME: a team's access is shown at the repository. */
static void of_team_repository(struct globs *globs, const char *upstream, char segments[MAX_SEGMENTS][200],
                               size_t n)
{
    size_t at = strcmp(segments[0], "teams") == 0 ? 2 : 4;
    if (n == at + 3 && strcmp(segments[at], "repos") == 0 && (at == 2 || strcmp(segments[2], "teams") == 0))
        of_repository_path(globs, upstream, segments[at + 1], segments[at + 2], true);
}

/* Changes by the signed-in user at /user/WHAT are visible at /users/LOGIN/WHAT and /user/ID/WHAT. */
static void of_user_path(struct globs *globs, const char *upstream, char segments[MAX_SEGMENTS][200],
                         size_t n)
{
    const char *what = segments[1];
    globs_add(globs, "%s/users/*/%s*", upstream, what);
    globs_add(globs, "%s/user/*/%s*", upstream, what);
    if (n == 4 && (strcmp(what, "starred") == 0 || strcmp(what, "subscriptions") == 0))
        of_repository_path(globs, upstream, segments[2], segments[3], true);
    else if (n == 3 && (strcmp(what, "following") == 0 || strcmp(what, "blocks") == 0))
        globs_of_account(globs, upstream, segments[2], 0);
    else if (strcmp(what, "installations") == 0)
        tree(globs, upstream, "/installation/repositories");
}

/* A change of files, branches or visibility of a repository affects many of its pages; a change of an issue in few. */
static bool touches_whole_repository(char segments[MAX_SEGMENTS][200], size_t n)
{
    static const char *const wide[] = {"contents",       "git",           "merges",   "branches",
                                       "merge-upstream", "rename",        "transfer", "releases",
                                       "pages",          "collaborators", "forks",    NULL};
    return n == 3 || is_one_of(segments[3], wide) || (n == 6 && strcmp(segments[5], "merge") == 0);
}

void globs_of_write(struct globs *globs, const char *upstream, const char *path)
{
    char segments[MAX_SEGMENTS][200];
    size_t n = split(path, segments);
    const char *first = n ? segments[0] : "";
    globs_of_path(globs, upstream, path);
    if (strcmp(first, "orgs") == 0 || strcmp(first, "teams") == 0)
        of_team_repository(globs, upstream, segments, n);
    if (strcmp(first, "repos") == 0 && n >= 3) {
        if (n == 4 && strcmp(segments[3], "subscription") == 0)
            tree(globs, upstream, "/repos/%s/%s/subscribers", segments[1], segments[2]);
        of_repository_path(globs, upstream, segments[1], segments[2], touches_whole_repository(segments, n));
    } else if (strcmp(first, "repositories") == 0) {
        globs_add(globs, "%s/repos/*", upstream);
    } else if (strcmp(first, "user") == 0 && n >= 2) {
        of_user_path(globs, upstream, segments, n);
    } else if (strcmp(first, "orgs") == 0) {
        if (n >= 2)
            tree(globs, upstream, "/orgs/%s", segments[1]);
        globs_add(globs, "%s/organizations/*", upstream);
        globs_add(globs, n >= 3 && strcmp(segments[2], "teams") == 0 ? "%s/teams/*" : "%s/users/*", upstream);
    } else if (strcmp(first, "organizations") == 0) {
        globs_add(globs, "%s/orgs/*", upstream);
    } else if (strcmp(first, "teams") == 0) {
        if (n >= 2)
            tree(globs, upstream, "/teams/%s", segments[1]);
        globs_add(globs, "%s/orgs/*/teams*", upstream);
        globs_add(globs, "%s/organizations/*/team*", upstream);
    } else if (strcmp(first, "gists") == 0) {
        globs_add(globs, "%s/users/*/gists*", upstream);
        tree(globs, upstream, "/gists/public");
    }
}
