/* gql_schema.c: the part of GitHub's GraphQL schema that is imitated, as one table of fields. */
#include "sim/graphql/gql_resolve.h"

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
    BOOL(T_REPO, "isPrivate", R(is_private)),
    BOOL(T_REPO, "isFork", R(is_fork)),
    BOOL(T_REPO, "isArchived", R(archived)),
    BOOL(T_REPO, "isDisabled", R(disabled)),
    BOOL(T_REPO, "isTemplate", R(is_template)),
    CALL(T_REPO, "isEmpty", repo_is_empty),
    CONST(T_REPO, "isLocked", "false"),
    CALL(T_REPO, "isInOrganization", repo_in_org),
    CALL(T_REPO, "visibility", repo_visibility),
    BOOL(T_REPO, "hasIssuesEnabled", R(has_issues)),
    BOOL(T_REPO, "hasProjectsEnabled", R(has_projects)),
    BOOL(T_REPO, "hasWikiEnabled", R(has_wiki)),
    BOOL(T_REPO, "hasDiscussionsEnabled", R(has_discussions)),
    CONST(T_REPO, "forkingAllowed", "true"),
    CONST(T_REPO, "webCommitSignoffRequired", "false"),
    INT(T_REPO, "stargazerCount", R(n_stars)),
    CALL(T_REPO, "viewerHasStarred", repo_starred_by_viewer),
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
    OBJECT(T_MUTATION, "addStar", T_STAR_PAYLOAD, mutation_add_star),
    OBJECT(T_MUTATION, "removeStar", T_STAR_PAYLOAD, mutation_remove_star),
    OBJECT(T_STAR_PAYLOAD, "starrable", T_REPO, payload_starrable),
    CALL(T_STAR_PAYLOAD, "clientMutationId", payload_client_id),
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
                                         [T_MUTATION] = "Mutation",
                                         [T_STAR_PAYLOAD] = "StarPayload",
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
