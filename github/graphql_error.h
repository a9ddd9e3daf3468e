/* graphql_error: what the errors of a GraphQL answer of status 200 mean for the query as a whole. Pure.
 *
 * Limits are not included: gh_classify (github/outcome.h) handles them, like REST's. Errors about one node are read
 * with that node (github/hydrate.c). Sources: docs.github.com "Rate limits and query limits for the GraphQL API"; the validation
 * errors are graphql-ruby's, which GitHub runs. */
#pragma once
#include "core/base/slice.h"

struct json_t;

/* A field that a server's schema lacks. type "": the type was not named. name "": the whole type is missing. */
struct gh_field {
    char type[48], name[48];
};

#define GH_FIELDS_MAX 32
struct gh_fields {
    size_t n;
    struct gh_field items[GH_FIELDS_MAX];
};

enum gh_graphql_verdict {
    GH_GRAPHQL_OK,           /* the nodes are present; errors, if any, concern single ones */
    GH_GRAPHQL_SMALLER,      /* too much for one query */
    GH_GRAPHQL_SLOW,         /* took too long: a smaller query may help, or GitHub has problems */
    GH_GRAPHQL_NO_EMAIL,     /* the token's scopes do not allow a field */
    GH_GRAPHQL_LACKS_FIELDS, /* the schema lacks fields or types: repeat without them */
    GH_GRAPHQL_REFUSED,      /* forbidden as a whole, or not GitHub's schema */
    GH_GRAPHQL_FAILED,       /* anything else without nodes: GitHub has problems */
};

/* errors: the answer's, or NULL. has_nodes: data.nodes has one for each id. *lacking_out is set with GH_GRAPHQL_LACKS_FIELDS. */
enum gh_graphql_verdict gh_graphql_judge(const struct json_t *errors, bool has_nodes,
                                         struct gh_fields *lacking_out);

/* Adds the fields that `into` lacks; false: there are none, or no room. */
bool gh_fields_add(struct gh_fields *into, const struct gh_fields *more);
