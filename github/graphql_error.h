/* graphql_error: what the errors of a GraphQL answer of status 200 mean for the query as a whole. Pure.
 *
 * Limits are not among them: gh_classify (github/outcome.h) sorts those out, as it does REST's. Errors about one node are read
 * with that node (github/hydrate.c). Sources: docs.github.com "Rate limits and query limits for the GraphQL API"; the validation
 * errors are graphql-ruby's, which GitHub runs. */
#pragma once
#include "core/base/slice.h"

struct json_t;

/* A field a server's schema does not have. type "": it did not say of which type. name "": the whole type is lacking. */
struct gh_field {
    char type[48], name[48];
};

#define GH_FIELDS_MAX 32
struct gh_fields {
    size_t n;
    struct gh_field items[GH_FIELDS_MAX];
};

enum gh_graphql_verdict {
    GH_GRAPHQL_OK,           /* the nodes are there; errors, if any, are about single ones */
    GH_GRAPHQL_SMALLER,      /* too much for one query */
    GH_GRAPHQL_SLOW,         /* took GitHub too long: a smaller query may not, or GitHub has trouble */
    GH_GRAPHQL_NO_EMAIL,     /* the token's scopes do not allow a field */
    GH_GRAPHQL_LACKS_FIELDS, /* the schema has not all fields or types asked for: ask without them */
    GH_GRAPHQL_REFUSED,      /* said to be: forbidden as a whole, or a schema that is not GitHub's */
    GH_GRAPHQL_FAILED,       /* anything else without nodes: GitHub has trouble */
};

/* errors: the answer's, or NULL. has_nodes: data.nodes has one for each id. *lacking_out is set with GH_GRAPHQL_LACKS_FIELDS. */
enum gh_graphql_verdict gh_graphql_judge(const struct json_t *errors, bool has_nodes,
                                         struct gh_fields *lacking_out);

/* Adds what `into` does not have; false when that is nothing, or there is no room. */
bool gh_fields_add(struct gh_fields *into, const struct gh_fields *more);
