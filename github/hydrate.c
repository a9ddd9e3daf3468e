#include "github/hydrate.h"
#include "core/json/jw.h"
#include "core/model/node_id.h"
#include "github/graphql_query.h"
#include "github/hydrate_queries.h"
#include <jansson.h>

static void free_json(json_t **value)
{
    json_decref(*value);
}
#define AUTO_JSON CLEANUP(free_json) json_t

static const char *query_for(const struct stub *stubs, size_t n, bool email)
{
    size_t developers = 0;
    for (size_t i = 0; i < n; i++)
        developers += stubs[i].kind == RECORD_DEVELOPER;
    if (developers == n)
        return email ? hydrate_developers_email : hydrate_developers;
    if (developers)
        return email ? hydrate_records_email : hydrate_records;
    return hydrate_repositories;
}

void gh_hydrate_query(const struct stub *stubs, size_t n, bool email, const struct gh_fields *lacking,
                      struct buf *body_out)
{
    struct jw w;
    struct buf query;
    buf_init(&query, 64 * 1024);
    if (lacking && lacking->n)
        gh_graphql_without(slice_of(query_for(stubs, n, email)), lacking, &query);
    else
        buf_puts(&query, query_for(stubs, n, email));
    jw_init(&w, body_out, 0);
    jw_object(&w);
    jw_key(&w, "query");
    jw_str(&w, buf_slice(&query));
    buf_finish(&query);
    jw_key(&w, "variables");
    jw_object(&w);
    jw_key(&w, "ids");
    jw_array(&w);
    for (size_t i = 0; i < n; i++)
        jw_cstr(&w, stubs[i].node_id);
    jw_end_array(&w);
    jw_end_object(&w);
    jw_end_object(&w);
}

bool gh_scopes_allow_email(slice scopes)
{
    slice one;
    while (slice_split(&scopes, ',', &one)) {
        one = slice_trim(one);
        if (slice_eq(one, SLICE("user")) || slice_eq(one, SLICE("user:email")) ||
            slice_eq(one, SLICE("read:user")))
            return true;
    }
    return false;
}

/* ---- node → REST ---- */

static json_t *member(const json_t *node, const char *key)
{
    return json_object_get(node, key);
}

/* Copies a value under its REST name; a key that is not there stays away. */
static void copy(json_t *item, const char *rest, const json_t *node, const char *key)
{
    json_t *value = member(node, key);
    if (value)
        json_object_set(item, rest, value);
}

/* blog is "" where websiteUrl is null; email and twitter are null where GraphQL says "". */
static void copy_text(json_t *item, const char *rest, const json_t *node, const char *key,
                      bool empty_for_null)
{
    json_t *value = member(node, key);
    const char *text = json_string_value(value);
    if (!value)
        return;
    if (text && *text)
        json_object_set(item, rest, value);
    else
        json_object_set_new(item, rest, empty_for_null ? json_string("") : json_null());
}

static void copy_count(json_t *item, const char *rest, const json_t *node, const char *key)
{
    json_t *count = member(member(node, key), "totalCount");
    if (json_is_integer(count))
        json_object_set(item, rest, count);
}

static void copy_lower(json_t *item, const char *rest, const json_t *node, const char *key)
{
    const char *text = json_string_value(member(node, key));
    char lower[32];
    size_t i = 0;
    if (!text || strlen(text) >= sizeof lower)
        return;
    for (; text[i]; i++)
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    lower[i] = '\0';
    json_object_set_new(item, rest, json_string(lower));
}

/* REST's address of an avatar has no ?u=, the hash of the picture, which GraphQL adds (and s=, its size, where asked for). */
static void copy_avatar(json_t *weak, const json_t *node)
{
    const char *url = json_string_value(member(node, "avatarUrl"));
    char out[1024];
    slice rest = slice_of(url), base, one;
    if (!url || rest.len >= sizeof out || !slice_split(&rest, '?', &base))
        return;
    size_t n = base.len;
    char separator = '?';
    memcpy(out, base.ptr, n);
    while (slice_split(&rest, '&', &one)) {
        if (slice_starts(one, SLICE("u=")) || slice_starts(one, SLICE("s=")))
            continue;
        out[n++] = separator;
        separator = '&';
        memcpy(out + n, one.ptr, one.len);
        n += one.len;
    }
    json_object_set_new(weak, "avatar_url", json_stringn(out, n));
}

static json_t *weak_of(json_t *item)
{
    json_t *weak = member(item, "_weak");
    if (!weak) {
        weak = json_object();
        json_object_set_new(item, "_weak", weak);
    }
    return weak;
}

static void developer_item(json_t *item, const json_t *node, const struct stub *stub)
{
    bool organisation = strcmp(json_string_value(member(node, "__typename")), "Organization") == 0;
    copy(item, "login", node, "login");
    copy(item, "name", node, "name");
    copy(item, "location", node, "location");
    copy(item, "created_at", node, "createdAt");
    copy(item, "updated_at", node, "updatedAt");
    copy_text(item, "blog", node, "websiteUrl", true);
    copy_text(item, "twitter_username", node, "twitterUsername", false);
    copy_count(item, "public_repos", node, "repositories");
    copy_avatar(weak_of(item), node);
    json_object_set_new(weak_of(item), "node_id", json_string(stub->node_id));
    if (organisation) {
        json_object_set_new(item, "type", json_string("Organization"));
        copy_text(item, "bio", node, "description", false);
        copy_text(item, "email", node, "orgEmail", false);
        return;
    }
    copy(item, "company", node, "company");
    copy(item, "bio", node, "bio");
    copy(item, "site_admin", node, "isSiteAdmin");
    copy_text(item, "email", node, "userEmail", false);
    copy_count(item, "followers", node, "followers");
    copy_count(item, "following", node, "following");
    copy_count(item, "public_gists", node, "gists");
    json_object_set_new(item, "type", json_string("User"));
    if (member(node, "isHireable"))
        json_object_set_new(item, "hireable",
                            json_is_true(member(node, "isHireable")) ? json_true() : json_null());
}

/* databaseId has 31 bits; the newest accounts have it only in the node id. 0: in neither. */
static int64_t owner_id(const json_t *owner)
{
    json_t *id = member(owner, "databaseId");
    const char *node_id = json_string_value(member(owner, "id"));
    enum node_kind kind;
    int64_t number;
    if (json_is_integer(id))
        return json_integer_value(id);
    return node_id && node_id_read(slice_of(node_id), &kind, &number) && kind != NODE_REPOSITORY ? number : 0;
}

static json_t *owner_item(const json_t *node)
{
    const json_t *owner = member(node, "owner");
    json_t *login = member(owner, "login");
    int64_t id = owner_id(owner);
    if (!id || !json_is_string(login))
        return NULL;
    json_t *out = json_object();
    json_object_set_new(out, "id", json_integer(id));
    copy(out, "login", owner, "login");
    copy(out, "node_id", owner, "id");
    copy(out, "type", owner, "__typename");
    return out;
}

static json_t *license_item(const json_t *node)
{
    const json_t *license = member(node, "licenseInfo");
    if (!json_is_object(license))
        return json_null();
    json_t *out = json_object();
    copy(out, "key", license, "key");
    copy(out, "name", license, "name");
    copy(out, "url", license, "url");
    copy(out, "node_id", license, "id");
    json_t *spdx = member(license, "spdxId");
    json_object_set_new(out, "spdx_id",
                        json_is_string(spdx) ? json_incref(spdx) : json_string("NOASSERTION"));
    return out;
}

/* False: the owner may have changed and is unknown: the detail request must find it. */
static bool repository_owner(json_t *item, const json_t *node, const struct stub *stub)
{
    json_t *owner = owner_item(node);
    slice before = slice_of(stub->name),
          now = slice_of(json_string_value(member(member(node, "owner"), "login")));
    ptrdiff_t slash = slice_find(before, '/');
    bool same = slash > 0 && slice_eq_nocase(slice_from(before.ptr, (size_t)slash), now);
    if (!owner)
        return same;
    json_object_set_new(same ? weak_of(item) : item, "owner", owner);
    return true;
}

static bool repository_item(json_t *item, const json_t *node, const struct stub *stub)
{
    static const char *const same[][2] = {
        {"name", "repoName"},
        {"full_name", "nameWithOwner"},
        {"description", "description"},
        {"homepage", "homepageUrl"},
        {"private", "isPrivate"},
        {"fork", "isFork"},
        {"archived", "isArchived"},
        {"disabled", "isDisabled"},
        {"has_issues", "hasIssuesEnabled"},
        {"has_projects", "hasProjectsEnabled"},
        {"has_wiki", "hasWikiEnabled"},
        {"stargazers_count", "stargazerCount"},
        {"watchers_count", "stargazerCount"},
        {"forks_count", "forkCount"},
        {"created_at", "createdAt"},
        {"updated_at", "updatedAt"},
        {"pushed_at", "pushedAt"},
    };
    static const char *const weak[][2] = {
        {"size", "diskUsage"},
        {"is_template", "isTemplate"},
        {"has_discussions", "hasDiscussionsEnabled"},
        {"mirror_url", "mirrorUrl"},
    };
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        copy(item, same[i][0], node, same[i][1]);
    for (size_t i = 0; i < ARRAY_LEN(weak); i++)
        copy(weak_of(item), weak[i][0], node, weak[i][1]);
    copy_lower(weak_of(item), "visibility", node, "visibility");
    copy_count(item, "subscribers_count", node, "watchers");
    json_t *open_issues = member(member(node, "openI"), "totalCount");
    json_t *open_pulls = member(member(node, "openP"), "totalCount");
    if (json_is_integer(open_issues) && json_is_integer(open_pulls))
        json_object_set_new(item, "open_issues_count",
                            json_integer(json_integer_value(open_issues) + json_integer_value(open_pulls)));
    json_t *language = member(member(node, "primaryLanguage"), "name");
    if (member(node, "primaryLanguage"))
        json_object_set_new(item, "language", language ? json_incref(language) : json_null());
    if (member(node, "licenseInfo"))
        json_object_set_new(weak_of(item), "license", license_item(node));
    json_object_set_new(weak_of(item), "node_id", json_string(stub->node_id));
    copy(weak_of(item), "default_branch", member(node, "defaultBranchRef"), "name");
    const json_t *parent = member(node, "parent");
    if (json_is_integer(member(parent, "databaseId"))) {
        json_t *out = json_object();
        copy(out, "id", parent, "databaseId");
        copy(out, "full_name", parent, "nameWithOwner");
        json_object_set_new(weak_of(item), "parent", out);
    }
    return repository_owner(item, node, stub);
}

/* NULL when the node does not answer for this stub. */
static json_t *item_of(const json_t *node, const struct stub *stub)
{
    const char *type = json_string_value(member(node, "__typename"));
    json_t *database_id = member(node, "databaseId");
    bool repository = stub->kind == RECORD_REPOSITORY;
    if (!type || (json_is_integer(database_id) && json_integer_value(database_id) != stub->github_id))
        return NULL;
    if (repository ? strcmp(type, "Repository") != 0
                   : strcmp(type, "User") != 0 && strcmp(type, "Organization") != 0)
        return NULL;
    if (!json_is_string(member(node, repository ? "nameWithOwner" : "login")))
        return NULL;
    json_t *item = json_object();
    json_object_set_new(item, "id", json_integer(stub->github_id));
    bool ok = true;
    if (repository)
        ok = repository_item(item, node, stub);
    else
        developer_item(item, node, stub);
    if (ok)
        return item;
    json_decref(item);
    return NULL;
}

/* ---- the answer ---- */

/* errors[] by item: path ["nodes", i, …]. NOT_FOUND of the node itself: missing; anything else there: unsure. */
static void mark_errors(const json_t *errors, struct stub *stubs, size_t n)
{
    size_t at;
    json_t *error;
    json_array_foreach(errors, at, error)
    {
        const json_t *path = member(error, "path");
        const char *type = json_string_value(member(error, "type"));
        json_t *index = json_array_get(path, 1);
        if (!json_is_integer(index) || json_integer_value(index) < 0 ||
            (size_t)json_integer_value(index) >= n)
            continue;
        struct stub *stub = &stubs[json_integer_value(index)];
        bool whole = json_array_size(path) == 2;
        stub->state = whole && type && strcmp(type, "NOT_FOUND") == 0 ? STUB_MISSING : STUB_UNSURE;
    }
}

static enum gh_hydrate_result result_of(enum gh_graphql_verdict verdict)
{
    static const enum gh_hydrate_result results[] = {
        [GH_GRAPHQL_OK] = GH_HYDRATED,
        [GH_GRAPHQL_SMALLER] = GH_HYDRATE_SMALLER,
        [GH_GRAPHQL_SLOW] = GH_HYDRATE_SLOW,
        [GH_GRAPHQL_NO_EMAIL] = GH_HYDRATE_NO_EMAIL,
        [GH_GRAPHQL_LACKS_FIELDS] = GH_HYDRATE_LACKS_FIELDS,
        [GH_GRAPHQL_REFUSED] = GH_HYDRATE_REFUSED,
        [GH_GRAPHQL_FAILED] = GH_HYDRATE_FAILED,
    };
    return results[verdict];
}

static bool put_list(const json_t *items, struct buf *out)
{
    char *text = json_dumps(items, JSON_COMPACT);
    if (!text)
        return false;
    buf_puts(out, text);
    free(text);
    return true;
}

enum gh_hydrate_result gh_hydrate_read(slice body, struct stub *stubs, size_t n, struct buf *developers_out,
                                       struct buf *repositories_out, int64_t *cost_out,
                                       struct gh_fields *lacking_out)
{
    AUTO_JSON *root = json_loadb(body.ptr ? body.ptr : "", body.len, 0, NULL);
    *cost_out = 1;
    lacking_out->n = 0;
    if (!json_is_object(root))
        return GH_HYDRATE_FAILED;
    const json_t *data = member(root, "data"), *errors = member(root, "errors"),
                 *nodes = member(data, "nodes");
    bool has_nodes = json_is_array(nodes) && json_array_size(nodes) == n;
    enum gh_hydrate_result result = result_of(gh_graphql_judge(errors, has_nodes, lacking_out));
    if (result != GH_HYDRATED)
        return result;
    json_t *cost = member(member(data, "rateLimit"), "cost");
    if (json_is_integer(cost))
        *cost_out = json_integer_value(cost);
    for (size_t i = 0; i < n; i++)
        stubs[i].state = STUB_PENDING;
    mark_errors(errors, stubs, n);
    AUTO_JSON *developers = json_array();
    AUTO_JSON *repositories = json_array();
    for (size_t i = 0; i < n; i++) {
        const json_t *node = json_array_get(nodes, i);
        if (stubs[i].state != STUB_PENDING)
            continue;
        json_t *item = json_is_object(node) ? item_of(node, &stubs[i]) : NULL;
        stubs[i].state = item ? STUB_FOUND : STUB_UNSURE;
        if (item)
            json_array_append_new(stubs[i].kind == RECORD_DEVELOPER ? developers : repositories, item);
    }
    bool ok = put_list(developers, developers_out) && put_list(repositories, repositories_out);
    return ok ? GH_HYDRATED : GH_HYDRATE_FAILED;
}
