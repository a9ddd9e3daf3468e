#include "github/hydrate.h"
#include "core/json/jw.h"
#include "core/model/node_id.h"
#include "github/graphql_query.h"
#include "github/hydrate_queries.h"
#include "github/record.h"

#define MAX_COST 10000 /* points that a user has an hour at most */

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
    AUTO_BUF query = {.max = 64 * 1024};
    if (lacking && lacking->n)
        gh_graphql_without(slice_of(query_for(stubs, n, email)), lacking, &query);
    else
        buf_puts(&query, query_for(stubs, n, email));
    jw_init(&w, body_out, 0);
    jw_object(&w);
    jw_kstr(&w, "query", buf_slice(&query));
    jw_kobject(&w, "variables");
    jw_karray(&w, "ids");
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

/* Copies a value, if there is one, under its REST name. Invalid ones are dropped at the end (record.h). */
static void copy(json_t *item, const char *rest, const json_t *node, const char *key)
{
    json_t *value = member(node, key);
    if (value)
        json_object_set(item, rest, value);
}

/* For values that are never null: null counts as absent. */
static void copy_present(json_t *item, const char *rest, const json_t *node, const char *key)
{
    if (!json_is_null(member(node, key)))
        copy(item, rest, node, key);
}

/* blog is "" where websiteUrl is null; email and twitter are null where GraphQL says "". */
static void copy_text(json_t *item, const char *rest, const json_t *node, const char *key,
                      bool empty_for_null)
{
    json_t *value = member(node, key);
    const char *text = json_string_value(value);
    if (text && *text)
        json_object_set(item, rest, value);
    else if (text || json_is_null(value))
        json_object_set_new(item, rest, empty_for_null ? json_string("") : json_null());
}

static void copy_count(json_t *item, const char *rest, const json_t *node, const char *key)
{
    copy_present(item, rest, member(node, key), "totalCount");
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

static bool is_http_address(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f)
            return false;
    return slice_starts(text, SLICE("https://")) || slice_starts(text, SLICE("http://"));
}

/* REST's address of an avatar has no ?u=, the hash of the picture, which GraphQL adds (and s=, its size, where requested). */
static void copy_avatar(json_t *weak, const json_t *node)
{
    json_t *url = member(node, "avatarUrl");
    char out[1024];
    slice rest = slice_from(json_string_value(url), json_string_length(url)), base, one;
    if (!is_http_address(rest) || rest.len >= sizeof out || !slice_split(&rest, '?', &base))
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
    copy_present(item, "created_at", node, "createdAt");
    copy_present(item, "updated_at", node, "updatedAt");
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
    copy_present(item, "site_admin", node, "isSiteAdmin");
    copy_text(item, "email", node, "userEmail", false);
    copy_count(item, "followers", node, "followers");
    copy_count(item, "following", node, "following");
    copy_count(item, "public_gists", node, "gists");
    json_object_set_new(item, "type", json_string("User"));
    const json_t *hireable = member(node, "isHireable");
    if (json_is_boolean(hireable) || json_is_null(hireable))
        json_object_set_new(item, "hireable", json_is_true(hireable) ? json_true() : json_null());
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

/* NULL: the node has none. */
static json_t *owner_item(const json_t *node)
{
    const json_t *owner = member(node, "owner");
    json_t *out = json_object();
    json_object_set_new(out, "id", json_integer(owner_id(owner)));
    copy(out, "login", owner, "login");
    copy(out, "node_id", owner, "id");
    copy(out, "type", owner, "__typename");
    if (gh_record_user(out, false))
        return out;
    json_decref(out);
    return NULL;
}

/* NULL if it is not a license. */
static json_t *license_item(const json_t *license)
{
    const json_t *spdx_id = member(license, "spdxId");
    if (json_is_null(license))
        return json_null();
    if (!json_object_size(license) || (spdx_id && !json_is_null(spdx_id) && !json_is_string(spdx_id)))
        return NULL;
    json_t *out = json_object();
    copy(out, "key", license, "key");
    copy(out, "name", license, "name");
    copy(out, "url", license, "url");
    copy(out, "node_id", license, "id");
    json_object_set_new(out, "spdx_id", json_string("NOASSERTION"));
    copy_present(out, "spdx_id", license, "spdxId");
    return out;
}

static bool is_of(slice full_name, slice login)
{
    slice owner;
    return slice_split(&full_name, '/', &owner) && full_name.ptr && slice_eq_nocase(owner, login);
}

/* False: the owner may have changed and is unknown: the detail request must find it. */
static bool repository_owner(json_t *item, const json_t *node, struct stub *stub)
{
    json_t *owner = owner_item(node);
    slice before = slice_of(stub->name), login;
    bool same = slice_split(&before, '/', &login) && before.ptr &&
                is_of(slice_of(json_string_value(member(node, "nameWithOwner"))), login);
    const char *named = json_string_value(member(member(node, "owner"), "login"));
    same = same && (!named || slice_eq_nocase(slice_of(named), login));
    stub->owner_unknown = !owner;
    if (!owner)
        return same;
    json_object_set_new(same ? weak_of(item) : item, "owner", owner);
    return true;
}

/* A language, or null for none; other values are ignored. */
static void copy_language(json_t *item, const json_t *node)
{
    json_t *language = member(node, "primaryLanguage"), *name = member(language, "name");
    if (json_is_null(language) || json_is_string(name))
        json_object_set_new(item, "language", name ? json_incref(name) : json_null());
}

/* REST counts pull requests as issues. */
static void copy_open_issues(json_t *item, const json_t *node)
{
    const json_t *issues = member(member(node, "openI"), "totalCount"),
                 *pulls = member(member(node, "openP"), "totalCount");
    if (gh_record_is_count(issues) && gh_record_is_count(pulls) &&
        json_integer_value(issues) <= INT64_MAX - json_integer_value(pulls))
        json_object_set_new(item, "open_issues_count",
                            json_integer(json_integer_value(issues) + json_integer_value(pulls)));
}

static void copy_parent(json_t *item, const json_t *node)
{
    const json_t *parent = member(node, "parent");
    if (!json_is_integer(member(parent, "databaseId")))
        return;
    json_t *out = json_object();
    copy(out, "id", parent, "databaseId");
    copy(out, "full_name", parent, "nameWithOwner");
    json_object_set_new(weak_of(item), "parent", out);
}

static bool repository_item(json_t *item, const json_t *node, struct stub *stub)
{
    static const char *const nullable[][2] = {
        {"name", "repoName"},        {"full_name", "nameWithOwner"}, {"description", "description"},
        {"homepage", "homepageUrl"}, {"pushed_at", "pushedAt"},
    };
    static const char *const present[][2] = {
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
    };
    static const char *const weak[][2] = {
        {"size", "diskUsage"},
        {"is_template", "isTemplate"},
        {"has_discussions", "hasDiscussionsEnabled"},
        {"mirror_url", "mirrorUrl"},
    };
    for (size_t i = 0; i < ARRAY_LEN(nullable); i++)
        copy(item, nullable[i][0], node, nullable[i][1]);
    for (size_t i = 0; i < ARRAY_LEN(present); i++)
        copy_present(item, present[i][0], node, present[i][1]);
    for (size_t i = 0; i < ARRAY_LEN(weak); i++)
        copy(weak_of(item), weak[i][0], node, weak[i][1]);
    copy_lower(weak_of(item), "visibility", node, "visibility");
    copy_count(item, "subscribers_count", node, "watchers");
    copy_open_issues(item, node);
    copy_language(item, node);
    if (member(node, "licenseInfo")) {
        json_t *license = license_item(member(node, "licenseInfo"));
        if (license)
            json_object_set_new(weak_of(item), "license", license);
    }
    json_object_set_new(weak_of(item), "node_id", json_string(stub->node_id));
    copy(weak_of(item), "default_branch", member(node, "defaultBranchRef"), "name");
    copy_parent(item, node);
    return repository_owner(item, node, stub);
}

/* By databaseId, or where it is null, since it has 31 bits, by the node id. */
static bool is_another(const json_t *node, const struct stub *stub)
{
    const json_t *database_id = member(node, "databaseId");
    const char *node_id = json_string_value(member(node, "id"));
    enum node_kind kind;
    int64_t number;
    if (json_is_integer(database_id))
        return json_integer_value(database_id) != stub->github_id;
    return node_id && node_id_read(slice_of(node_id), &kind, &number) && number != stub->github_id;
}

/* NULL: the node is no answer for this stub, so REST is needed. */
static json_t *item_of(const json_t *node, struct stub *stub)
{
    const char *type = json_string_value(member(node, "__typename"));
    bool repository = stub->kind == RECORD_REPOSITORY;
    if (!type || is_another(node, stub))
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
    if (ok && (repository ? gh_record_repository(item, false) : gh_record_user(item, false)))
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
    json_auto_t *root = gh_record_parse(body, NULL);
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
    if (gh_record_is_count(cost) && json_integer_value(cost) <= MAX_COST)
        *cost_out = json_integer_value(cost);
    for (size_t i = 0; i < n; i++) {
        stubs[i].state = STUB_PENDING;
        stubs[i].owner_unknown = false;
    }
    mark_errors(errors, stubs, n);
    json_auto_t *developers = json_array();
    json_auto_t *repositories = json_array();
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
