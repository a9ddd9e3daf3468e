/* gql_resolve: the resolvers that the table in gql_schema.c names, and their common parts.
 *
 * Each gets the object and the field's arguments. A value is written as JSON; an object
 * resolver returns false for null; a list resolver gives a malloc'ed array, with T_SCALAR for null. */
#ifndef GITOMATIC_SIM_GQL_RESOLVE_H
#define GITOMATIC_SIM_GQL_RESOLVE_H

#include "sim/graphql/gql.h"

#define ARGS         struct gql_run *run, const struct gql_object *o, json_t *args
#define UNUSED       (void)run, (void)o, (void)args
#define VALUE(name)  void name(ARGS, struct buf *out)
#define OBJECT(name) bool name(ARGS, struct gql_object *out)
#define LIST(name)   uint32_t name(ARGS, struct gql_object **out)

/* gql_account.c */
VALUE(user_database_id);
VALUE(user_node_id);
VALUE(user_avatar);
VALUE(user_url);
VALUE(user_website);
VALUE(user_email);
VALUE(user_hireable);
OBJECT(count_followers);
OBJECT(count_following);
OBJECT(count_gists);
OBJECT(count_repos);
OBJECT(count_starred);

/* gql_repo.c */
VALUE(repo_database_id);
VALUE(repo_node_id);
VALUE(repo_full_name);
VALUE(repo_url);
VALUE(repo_is_empty);
VALUE(repo_in_org);
VALUE(repo_visibility);
VALUE(repo_starred_by_viewer);
OBJECT(count_watchers);
OBJECT(count_stargazers);
OBJECT(count_issues);
OBJECT(count_pulls);
OBJECT(count_forks);
OBJECT(repo_language);
OBJECT(repo_license);
OBJECT(repo_branch);
OBJECT(repo_owner);
OBJECT(repo_parent);
OBJECT(nothing);
VALUE(foreign_id);
VALUE(foreign_database_id);
VALUE(foreign_full_name);
VALUE(license_key);
VALUE(license_name);
VALUE(license_spdx);
VALUE(license_url);
VALUE(license_id);
VALUE(object_text);
VALUE(total_count);
OBJECT(repo_topics);
LIST(topic_nodes);
VALUE(topics_count);
OBJECT(topic);
VALUE(topic_name);

/* gql_query.c */
VALUE(limit_limit);
VALUE(limit_cost);
VALUE(limit_remaining);
VALUE(limit_used);
VALUE(limit_nodes);
VALUE(limit_reset);
OBJECT(rate_limit);
OBJECT(query_node);
LIST(query_nodes);
OBJECT(query_user);
OBJECT(query_organization);
OBJECT(query_repository);
OBJECT(query_viewer);

/* gql_mutation.c */
OBJECT(mutation_add_star);
OBJECT(mutation_remove_star);
OBJECT(payload_starrable);
VALUE(payload_client_id);

#undef VALUE
#undef OBJECT
#undef LIST

static inline const struct user *user_of(const struct gql_run *run, const struct gql_object *o)
{
    return &run->world->users[o->index];
}

static inline const struct repo *repo_of(const struct gql_run *run, const struct gql_object *o)
{
    return &run->world->repos[o->index];
}

static inline void put_database_id(struct buf *out, int64_t id)
{
    if (id > INT32_MAX) /* a 32-bit Int in the schema: it cannot hold newer ids */
        BUF_LIT(out, "null");
    else
        buf_i64(out, id);
}

static inline bool to_count(struct gql_object *out, int64_t count)
{
    *out = (struct gql_object){.type = T_COUNT, .count = count};
    return true;
}

static inline struct gql_object account(const struct world *w, uint32_t user)
{
    enum account_type type = w->users[user].type;
    return (struct gql_object){.type = type == TYPE_ORG   ? T_ORG
                                       : type == TYPE_BOT ? T_BOT
                                                          : T_USER,
                               .index = user};
}

#endif
