/* gql_schema.c: the part of GitHub's GraphQL schema that is imitated, as one table of fields. */
#include "sim/gql.h"
#include "sim/node_id.h"

#include <stdlib.h>

#define ARGS   struct gql_run *run, const struct gql_object *o, json_t *args
#define UNUSED (void)run, (void)o, (void)args

static const struct user *user_of(const struct gql_run *run, const struct gql_object *o)
{
    return &run->world->users[o->index];
}

static const struct repo *repo_of(const struct gql_run *run, const struct gql_object *o)
{
    return &run->world->repos[o->index];
}

static void put_database_id(struct buf *out, int64_t id)
{
    if (id > INT32_MAX) /* a 32-bit Int in the schema: it cannot hold newer ids */
        BUF_LIT(out, "null");
    else
        buf_i64(out, id);
}

static void user_database_id(ARGS, struct buf *out)
{
    UNUSED;
    put_database_id(out, user_of(run, o)->id);
}

static void user_node_id(ARGS, struct buf *out)
{
    UNUSED;
    BUF_LIT(out, "\"");
    render_user_node_id(out, user_of(run, o), run->new_ids);
    BUF_LIT(out, "\"");
}

static void user_avatar(ARGS, struct buf *out)
{
    UNUSED;
    buf_printf(out, "\"https://avatars.githubusercontent.com/u/%lld?u=%08x&v=4\"",
               (long long)user_of(run, o)->id, (unsigned)user_of(run, o)->id * 2654435761u);
}

static void user_url(ARGS, struct buf *out)
{
    UNUSED;
    buf_printf(out, "\"https://github.com/%s\"", user_of(run, o)->login);
}

static void user_website(ARGS, struct buf *out)
{
    UNUSED;
    const char *blog = user_of(run, o)->blog;
    buf_json(out, blog && *blog ? blog : NULL);
}

static void user_email(ARGS, struct buf *out)
{
    UNUSED;
    const char *email = user_of(run, o)->email;
    buf_json(out, email ? email : "");
}

static void user_hireable(ARGS, struct buf *out)
{
    UNUSED;
    buf_bool(out, user_of(run, o)->hireable == 1);
}

static bool to_count(struct gql_object *out, int64_t count)
{
    *out = (struct gql_object){.type = T_COUNT, .count = count};
    return true;
}

static bool count_followers(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->n_followers);
}

static bool count_following(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->n_following);
}

static bool count_gists(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->n_gists);
}

static bool count_repos(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->n_repos);
}

static bool count_starred(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->starred.n);
}

static void repo_database_id(ARGS, struct buf *out)
{
    UNUSED;
    put_database_id(out, repo_of(run, o)->id);
}

static void repo_node_id(ARGS, struct buf *out)
{
    UNUSED;
    BUF_LIT(out, "\"");
    render_repo_node_id(out, repo_of(run, o), run->new_ids);
    BUF_LIT(out, "\"");
}

static void repo_full_name(ARGS, struct buf *out)
{
    UNUSED;
    const struct repo *r = repo_of(run, o);
    buf_printf(out, "\"%s/%s\"", run->world->users[r->owner].login, r->name);
}

static void repo_url(ARGS, struct buf *out)
{
    UNUSED;
    const struct repo *r = repo_of(run, o);
    buf_printf(out, "\"https://github.com/%s/%s\"", run->world->users[r->owner].login, r->name);
}

static void repo_is_empty(ARGS, struct buf *out)
{
    UNUSED;
    buf_bool(out, repo_of(run, o)->size_kib == 0);
}

static void repo_in_org(ARGS, struct buf *out)
{
    UNUSED;
    buf_bool(out, run->world->users[repo_of(run, o)->owner].type == TYPE_ORG);
}

static bool count_watchers(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, repo_of(run, o)->n_subscribers);
}

static bool count_stargazers(ARGS, struct gql_object *out)
{
    UNUSED;
    if (run->rq->server->options.settings.stargazers != STARGAZERS_OPEN) {
        gql_error(run, "FORBIDDEN", "You do not have permission to view the stargazers of this repository");
        return false;
    }
    return to_count(out, repo_of(run, o)->n_stars);
}

/* Without states every one counts; only open ones exist here. */
static bool wants_open(json_t *args)
{
    json_t *states = json_object_get(args, "states"), *one;
    size_t i;
    if (!states || json_is_null(states))
        return true;
    if (json_is_string(states))
        return strcmp(json_string_value(states), "OPEN") == 0;
    json_array_foreach(states, i, one) if (json_is_string(one) &&
                                           strcmp(json_string_value(one), "OPEN") == 0) return true;
    return false;
}

/* REST counts both together: a third is said to be pull requests. */
static bool count_issues(ARGS, struct gql_object *out)
{
    int32_t n = repo_of(run, o)->n_open_issues;
    return to_count(out, wants_open(args) ? n - n / 3 : 0);
}

static bool count_pulls(ARGS, struct gql_object *out)
{
    return to_count(out, wants_open(args) ? repo_of(run, o)->n_open_issues / 3 : 0);
}

static bool count_forks(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, repo_of(run, o)->n_forks);
}

static bool repo_language(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_LANGUAGE, .text = repo_of(run, o)->language};
    return out->text != NULL;
}

static bool repo_license(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_LICENSE, .index = o->index};
    return repo_of(run, o)->license != NULL;
}

static bool repo_branch(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_REF, .text = repo_of(run, o)->default_branch};
    return repo_of(run, o)->size_kib != 0 && out->text;
}

static struct gql_object account(const struct world *w, uint32_t user)
{
    enum account_type type = w->users[user].type;
    return (struct gql_object){.type = type == TYPE_ORG   ? T_ORG
                                       : type == TYPE_BOT ? T_BOT
                                                          : T_USER,
                               .index = user};
}

static bool repo_owner(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = account(run->world, repo_of(run, o)->owner);
    return true;
}

static bool repo_parent(ARGS, struct gql_object *out)
{
    UNUSED;
    const struct repo *r = repo_of(run, o);
    bool known = r->parent != NONE && !run->world->repos[r->parent].gone;
    *out =
        (struct gql_object){.type = known ? T_REPO : T_FOREIGN_REPO, .index = known ? r->parent : o->index};
    return known || r->parent_raw;
}

static bool nothing(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){0};
    return false;
}

/* A recorded parent that is not in this world: only its identity is known. */
static void foreign(const struct repo *fork, const char *key, struct buf *out)
{
    json_t *parent = json_loads(fork->parent_raw, 0, NULL);
    const json_t *v = json_object_get(parent, key);
    if (json_is_integer(v))
        buf_i64(out, json_integer_value(v));
    else
        buf_json(out, json_string_value(v));
    json_decref(parent);
}

static void foreign_id(ARGS, struct buf *out)
{
    UNUSED;
    foreign(repo_of(run, o), "node_id", out);
}

static void foreign_database_id(ARGS, struct buf *out)
{
    UNUSED;
    foreign(repo_of(run, o), "id", out);
}

static void foreign_full_name(ARGS, struct buf *out)
{
    UNUSED;
    foreign(repo_of(run, o), "full_name", out);
}

static void license_key(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, repo_of(run, o)->license->key);
}

static void license_name(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, repo_of(run, o)->license->name);
}

static void license_spdx(ARGS, struct buf *out)
{
    UNUSED;
    const char *spdx = repo_of(run, o)->license->spdx_id;
    buf_json(out, spdx && strcmp(spdx, "NOASSERTION") != 0 ? spdx : NULL);
}

static void license_url(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, repo_of(run, o)->license->url);
}

static void license_id(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, repo_of(run, o)->license->node_id);
}

static void object_text(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, o->text);
}

static void total_count(ARGS, struct buf *out)
{
    UNUSED;
    buf_i64(out, o->count);
}

static bool repo_topics(ARGS, struct gql_object *out)
{
    UNUSED;
    int64_t first = json_integer_value(json_object_get(args, "first"));
    *out = (struct gql_object){.type = T_TOPICS, .index = o->index, .count = first};
    return true;
}

static uint32_t topic_nodes(ARGS, struct gql_object **out)
{
    UNUSED;
    uint32_t n = 0;
    struct gql_object *nodes = NULL;
    for (const char *p = repo_of(run, o)->topics; *p && n < o->count; p += strcspn(p, ","), p += *p == ',') {
        nodes = xrealloc(nodes, (n + 1) * sizeof *nodes);
        nodes[n++] = (struct gql_object){.type = T_TOPIC_NODE, .text = p};
    }
    *out = nodes;
    return n;
}

static void topics_count(ARGS, struct buf *out)
{
    UNUSED;
    int64_t n = 0;
    for (const char *p = repo_of(run, o)->topics; *p; p++)
        n += *p == ',' || !p[1];
    buf_i64(out, n);
}

static bool topic(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_TOPIC, .text = o->text};
    return true;
}

static void topic_name(ARGS, struct buf *out)
{
    UNUSED;
    BUF_LIT(out, "\"");
    buf_add(out, o->text, strcspn(o->text, ","));
    BUF_LIT(out, "\"");
}

static void limit_number(struct gql_run *run, struct buf *out, int which)
{
    const struct quota *q = &run->rq->answer.quota;
    int64_t values[] = {q->limit, run->cost, q->remaining, q->used, run->node_count};
    buf_i64(out, values[which]);
}

static void limit_limit(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 0);
}

static void limit_cost(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 1);
}

static void limit_remaining(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 2);
}

static void limit_used(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 3);
}

static void limit_nodes(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 4);
}

static void limit_reset(ARGS, struct buf *out)
{
    UNUSED;
    buf_time(out, run->rq->answer.quota.reset_at);
}

static bool rate_limit(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_RATE_LIMIT};
    return true;
}

static bool resolve_node(const struct gql_run *run, const char *id_text, struct gql_object *out)
{
    int64_t id = 0;
    enum node_kind kind = id_text ? node_id_read(id_text, &id) : NODE_NONE;
    if (kind == NODE_REPO) {
        *out = (struct gql_object){.type = T_REPO, .index = world_repo_by_id(run->world, id)};
        return out->index != NONE;
    }
    uint32_t user = kind == NODE_NONE ? NONE : world_user_by_id(run->world, id);
    if (user != NONE)
        *out = account(run->world, user);
    return user != NONE;
}

static void no_node(struct gql_run *run, const char *id)
{
    char message[200];
    snprintf(message, sizeof message, "Could not resolve to a node with the global id of '%.120s'",
             id ? id : "");
    gql_error(run, "NOT_FOUND", message);
}

static bool query_node(ARGS, struct gql_object *out)
{
    UNUSED;
    const char *id = json_string_value(json_object_get(args, "id"));
    bool ok = resolve_node(run, id, out);
    if (!ok)
        no_node(run, id);
    return ok;
}

static uint32_t query_nodes(ARGS, struct gql_object **out)
{
    UNUSED;
    json_t *ids = json_object_get(args, "ids"), *one;
    size_t i, n = json_array_size(ids);
    struct gql_object *nodes = xalloc((n + 1) * sizeof *nodes);
    json_array_foreach(ids, i, one)
    {
        struct gql_path here = {.up = run->path, .index = (uint32_t)i};
        nodes[i].type = T_SCALAR; /* shown as null */
        if (resolve_node(run, json_string_value(one), &nodes[i]))
            continue;
        nodes[i].type = T_SCALAR;
        run->path = &here;
        no_node(run, json_string_value(one));
        run->path = here.up;
    }
    *out = nodes;
    return (uint32_t)n;
}

static bool by_login(struct gql_run *run, json_t *args, bool org, struct gql_object *out)
{
    const char *login = json_string_value(json_object_get(args, "login"));
    uint32_t user = login ? world_user_by_login(run->world, login) : NONE;
    if (user != NONE && (run->world->users[user].type == TYPE_ORG) == org) {
        *out = account(run->world, user);
        return true;
    }
    char message[160];
    snprintf(message, sizeof message, "Could not resolve to %s with the login of '%.80s'.",
             org ? "an Organization" : "a User", login ? login : "");
    gql_error(run, "NOT_FOUND", message);
    return false;
}

static bool query_user(ARGS, struct gql_object *out)
{
    UNUSED;
    return by_login(run, args, false, out);
}

static bool query_organization(ARGS, struct gql_object *out)
{
    UNUSED;
    return by_login(run, args, true, out);
}

static bool query_repository(ARGS, struct gql_object *out)
{
    UNUSED;
    const char *owner = json_string_value(json_object_get(args, "owner"));
    const char *repo_name = json_string_value(json_object_get(args, "name"));
    char key[512];
    snprintf(key, sizeof key, "%s/%s", owner ? owner : "", repo_name ? repo_name : "");
    uint32_t repo = names_get(&run->world->full_names, key);
    if (repo == NONE) /* renames are followed here, without a redirect */
        repo = names_get(&run->world->old_full_names, key);
    *out = (struct gql_object){.type = T_REPO, .index = repo};
    if (repo != NONE && !run->world->repos[repo].gone)
        return true;
    char message[600];
    snprintf(message, sizeof message, "Could not resolve to a Repository with the name '%s'.", key);
    gql_error(run, "NOT_FOUND", message);
    return false;
}

static bool query_viewer(ARGS, struct gql_object *out)
{
    UNUSED;
    if (run->rq->view.self == NONE)
        return false;
    *out = account(run->world, run->rq->view.self);
    return true;
}

#define U(field) offsetof(struct user, field)
#define R(field) offsetof(struct repo, field)
#define TEXT(t, n, at)                                                                                       \
    {                                                                                                        \
        t, n, T_SCALAR, SRC_TEXT, at, NULL, NULL, NULL, NULL                                                 \
    }
#define INT(t, n, at)                                                                                        \
    {                                                                                                        \
        t, n, T_SCALAR, SRC_INT, at, NULL, NULL, NULL, NULL                                                  \
    }
#define BOOL(t, n, at)                                                                                       \
    {                                                                                                        \
        t, n, T_SCALAR, SRC_BOOL, at, NULL, NULL, NULL, NULL                                                 \
    }
#define TIME(t, n, at)                                                                                       \
    {                                                                                                        \
        t, n, T_SCALAR, SRC_TIME, at, NULL, NULL, NULL, NULL                                                 \
    }
#define CONST(t, n, json)                                                                                    \
    {                                                                                                        \
        t, n, T_SCALAR, SRC_CONST, 0, json, NULL, NULL, NULL                                                 \
    }
#define CALL(t, n, f)                                                                                        \
    {                                                                                                        \
        t, n, T_SCALAR, SRC_CALL, 0, NULL, f, NULL, NULL                                                     \
    }
#define OBJECT(t, n, r, f)                                                                                   \
    {                                                                                                        \
        t, n, r, SRC_OBJECT, 0, NULL, NULL, f, NULL                                                          \
    }
#define LIST(t, n, r, f)                                                                                     \
    {                                                                                                        \
        t, n, r, SRC_LIST, 0, NULL, NULL, NULL, f                                                            \
    }
#define ACCOUNT(t)                                                                                           \
    CALL(t, "id", user_node_id), CALL(t, "databaseId", user_database_id), TEXT(t, "login", U(login)),        \
        CALL(t, "avatarUrl", user_avatar), CALL(t, "url", user_url), TIME(t, "createdAt", U(created_at)),    \
        TIME(t, "updatedAt", U(updated_at))
#define PROFILE(t)                                                                                           \
    ACCOUNT(t), TEXT(t, "name", U(name)), TEXT(t, "location", U(location)),                                  \
        CALL(t, "websiteUrl", user_website), TEXT(t, "twitterUsername", U(twitter)),                         \
        OBJECT(t, "repositories", T_COUNT, count_repos)

static const struct gql_field fields[] = {
    OBJECT(T_QUERY, "rateLimit", T_RATE_LIMIT, rate_limit),
    OBJECT(T_QUERY, "node", T_NODE, query_node),
    LIST(T_QUERY, "nodes", T_NODE, query_nodes),
    OBJECT(T_QUERY, "user", T_USER, query_user),
    OBJECT(T_QUERY, "organization", T_ORG, query_organization),
    OBJECT(T_QUERY, "repository", T_REPO, query_repository),
    OBJECT(T_QUERY, "viewer", T_USER, query_viewer),
    CALL(T_RATE_LIMIT, "limit", limit_limit),
    CALL(T_RATE_LIMIT, "cost", limit_cost),
    CALL(T_RATE_LIMIT, "remaining", limit_remaining),
    CALL(T_RATE_LIMIT, "used", limit_used),
    CALL(T_RATE_LIMIT, "nodeCount", limit_nodes),
    CALL(T_RATE_LIMIT, "resetAt", limit_reset),
    CONST(T_NODE, "id", "null"),
    CONST(T_OWNER, "id", "null"),
    CONST(T_OWNER, "login", "null"),
    CONST(T_OWNER, "avatarUrl", "null"),
    CONST(T_OWNER, "url", "null"),
    PROFILE(T_USER),
    TEXT(T_USER, "company", U(company)),
    TEXT(T_USER, "bio", U(bio)),
    CALL(T_USER, "email", user_email),
    CALL(T_USER, "isHireable", user_hireable),
    BOOL(T_USER, "isSiteAdmin", U(site_admin)),
    CONST(T_USER, "userViewType", "\"PUBLIC\""),
    OBJECT(T_USER, "followers", T_COUNT, count_followers),
    OBJECT(T_USER, "following", T_COUNT, count_following),
    OBJECT(T_USER, "gists", T_COUNT, count_gists),
    OBJECT(T_USER, "starredRepositories", T_COUNT, count_starred),
    PROFILE(T_ORG),
    TEXT(T_ORG, "description", U(bio)),
    TEXT(T_ORG, "email", U(email)),
    CONST(T_ORG, "isVerified", "false"),
    CONST(T_ORG, "archivedAt", "null"),
    ACCOUNT(T_BOT),
    CALL(T_REPO, "id", repo_node_id),
    CALL(T_REPO, "databaseId", repo_database_id),
    TEXT(T_REPO, "name", R(name)),
    CALL(T_REPO, "nameWithOwner", repo_full_name),
    TEXT(T_REPO, "description", R(description)),
    TEXT(T_REPO, "homepageUrl", R(homepage)),
    CALL(T_REPO, "url", repo_url),
    TEXT(T_REPO, "mirrorUrl", R(mirror_url)),
    INT(T_REPO, "diskUsage", R(size_kib)),
    CONST(T_REPO, "isPrivate", "false"),
    BOOL(T_REPO, "isFork", R(is_fork)),
    BOOL(T_REPO, "isArchived", R(archived)),
    BOOL(T_REPO, "isDisabled", R(disabled)),
    BOOL(T_REPO, "isTemplate", R(is_template)),
    CALL(T_REPO, "isEmpty", repo_is_empty),
    CONST(T_REPO, "isLocked", "false"),
    CALL(T_REPO, "isInOrganization", repo_in_org),
    CONST(T_REPO, "visibility", "\"PUBLIC\""),
    BOOL(T_REPO, "hasIssuesEnabled", R(has_issues)),
    BOOL(T_REPO, "hasProjectsEnabled", R(has_projects)),
    BOOL(T_REPO, "hasWikiEnabled", R(has_wiki)),
    BOOL(T_REPO, "hasDiscussionsEnabled", R(has_discussions)),
    CONST(T_REPO, "forkingAllowed", "true"),
    CONST(T_REPO, "webCommitSignoffRequired", "false"),
    INT(T_REPO, "stargazerCount", R(n_stars)),
    INT(T_REPO, "forkCount", R(n_forks)),
    OBJECT(T_REPO, "watchers", T_COUNT, count_watchers),
    OBJECT(T_REPO, "stargazers", T_COUNT, count_stargazers),
    OBJECT(T_REPO, "issues", T_COUNT, count_issues),
    OBJECT(T_REPO, "pullRequests", T_COUNT, count_pulls),
    OBJECT(T_REPO, "forks", T_COUNT, count_forks),
    OBJECT(T_REPO, "primaryLanguage", T_LANGUAGE, repo_language),
    OBJECT(T_REPO, "licenseInfo", T_LICENSE, repo_license),
    OBJECT(T_REPO, "defaultBranchRef", T_REF, repo_branch),
    OBJECT(T_REPO, "owner", T_OWNER, repo_owner),
    OBJECT(T_REPO, "parent", T_REPO, repo_parent),
    OBJECT(T_REPO, "templateRepository", T_REPO, nothing),
    OBJECT(T_REPO, "repositoryTopics", T_TOPICS, repo_topics),
    TIME(T_REPO, "createdAt", R(created_at)),
    TIME(T_REPO, "updatedAt", R(updated_at)),
    TIME(T_REPO, "pushedAt", R(pushed_at)),
    CALL(T_FOREIGN_REPO, "id", foreign_id),
    CALL(T_FOREIGN_REPO, "databaseId", foreign_database_id),
    CALL(T_FOREIGN_REPO, "nameWithOwner", foreign_full_name),
    CALL(T_COUNT, "totalCount", total_count),
    CALL(T_LANGUAGE, "name", object_text),
    CALL(T_LICENSE, "key", license_key),
    CALL(T_LICENSE, "name", license_name),
    CALL(T_LICENSE, "spdxId", license_spdx),
    CALL(T_LICENSE, "url", license_url),
    CALL(T_LICENSE, "id", license_id),
    CALL(T_REF, "name", object_text),
    LIST(T_TOPICS, "nodes", T_TOPIC_NODE, topic_nodes),
    CALL(T_TOPICS, "totalCount", topics_count),
    OBJECT(T_TOPIC_NODE, "topic", T_TOPIC, topic),
    CALL(T_TOPIC, "name", topic_name),
};

const struct gql_field *gql_field(enum gql_type on, const char *name)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].on == on && strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static const char *const type_names[] = {[T_SCALAR] = "",
                                         [T_QUERY] = "Query",
                                         [T_RATE_LIMIT] = "RateLimit",
                                         [T_NODE] = "Node",
                                         [T_USER] = "User",
                                         [T_ORG] = "Organization",
                                         [T_BOT] = "Bot",
                                         [T_REPO] = "Repository",
                                         [T_FOREIGN_REPO] = "Repository",
                                         [T_OWNER] = "RepositoryOwner",
                                         [T_COUNT] = "Connection",
                                         [T_LANGUAGE] = "Language",
                                         [T_LICENSE] = "License",
                                         [T_REF] = "Ref",
                                         [T_TOPICS] = "RepositoryTopicConnection",
                                         [T_TOPIC_NODE] = "RepositoryTopic",
                                         [T_TOPIC] = "Topic"};

const char *gql_type_name(enum gql_type type)
{
    return type_names[type];
}

enum gql_type gql_type_named(const char *name)
{
    for (size_t i = 1; i < sizeof type_names / sizeof *type_names; i++)
        if (strcmp(type_names[i], name) == 0)
            return (enum gql_type)i;
    return T_SCALAR;
}

bool gql_type_fits(enum gql_type object, enum gql_type condition)
{
    if (object == condition || (object == T_FOREIGN_REPO && condition == T_REPO))
        return true;
    bool account_type = object == T_USER || object == T_ORG || object == T_BOT;
    if (condition == T_NODE)
        return account_type || object == T_REPO || object == T_FOREIGN_REPO;
    return condition == T_OWNER && account_type;
}
