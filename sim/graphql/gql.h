/* gql: a small GraphQL executor, sufficient for the queries of crawlers.
 *
 * graphql.c takes the HTTP request; gql_parse.c parses the text to a document; gql_check.c refuses fields that the schema (gql_schema.c,
 * one table; its resolvers are in gql_resolve.h) does not have, and prices the rest; gql_run.c executes it. Values are
 * jansson values, with a variable as {"$": name} and an enum as a string. Single-threaded per query. */
#ifndef GITOMATIC_SIM_GQL_H
#define GITOMATIC_SIM_GQL_H

#include "sim/serve/server.h"

#include <jansson.h>

enum gql_selection_kind { SEL_FIELD, SEL_INLINE, SEL_SPREAD };

struct gql_selection {
    enum gql_selection_kind kind;
    char *key;  /* alias or name: the key in the answer */
    char *name; /* field, fragment or type condition (NULL: none) */
    json_t *args, *skip, *include;
    struct gql_selection *child, *next;
    int line, column;
};

struct gql_definition {
    bool is_fragment, is_query, is_mutation;
    char *name;       /* NULL for an anonymous operation */
    char *on;         /* of a fragment */
    json_t *defaults; /* of an operation's variables: name to default value, JSON null without one */
    struct gql_selection *selections;
    struct gql_definition *next;
};

struct gql_document {
    struct gql_definition *definitions;
};

/* False with a message and its position if the text is not a document. The document must be freed either way. */
bool gql_parse(const char *text, struct gql_document *out, char *err, size_t err_size, int *line,
               int *column);
void gql_document_finish(struct gql_document *d);
const struct gql_definition *gql_fragment(const struct gql_document *d, const char *name);

enum gql_type {
    T_SCALAR,
    T_QUERY,
    T_MUTATION,
    T_STAR_PAYLOAD,
    T_RATE_LIMIT,
    T_NODE,
    T_USER,
    T_ORG,
    T_BOT,
    T_REPO,
    T_FOREIGN_REPO,
    T_OWNER,
    T_COUNT,
    T_LANGUAGE,
    T_LICENSE,
    T_REF,
    T_TOPICS,
    T_TOPIC_NODE,
    T_TOPIC
};

struct gql_object {
    enum gql_type type;
    uint32_t index;   /* of a user or repository, or a number specific to the type */
    int64_t count;    /* T_COUNT */
    const char *text; /* T_TOPIC_NODE, T_TOPIC */
};

struct gql_run;

enum gql_source { SRC_TEXT, SRC_INT, SRC_BOOL, SRC_TIME, SRC_CONST, SRC_CALL, SRC_OBJECT, SRC_LIST };

struct gql_field {
    enum gql_type on;
    const char *name;
    enum gql_type returns;
    enum gql_source source;
    size_t at;            /* SRC_TEXT … SRC_TIME: offset in struct user or struct repo */
    const char *constant; /* SRC_CONST: JSON text */
    void (*call)(struct gql_run *run, const struct gql_object *o, json_t *args, struct buf *out);
    bool (*object)(struct gql_run *run, const struct gql_object *o, json_t *args, struct gql_object *out);
    uint32_t (*list)(struct gql_run *run, const struct gql_object *o, json_t *args, struct gql_object **out);
};

const struct gql_field *gql_field(enum gql_type on, const char *name);
const char *gql_type_name(enum gql_type type);
enum gql_type gql_type_named(const char *name); /* T_SCALAR for one that is not imitated */
bool gql_type_fits(enum gql_type object, enum gql_type condition);

struct gql_run {
    struct request *rq;
    const struct world *world;
    const struct gql_document *document;
    const struct gql_definition *operation;
    json_t *variables;              /* with defaults filled in */
    struct buf errors;              /* comma-separated objects */
    const struct gql_selection *at; /* the field being resolved, for error places */
    const struct gql_path *path;
    int64_t cost, node_count, n_requests, n_ids;
    bool new_ids, fatal; /* fatal: data is null */
};

struct gql_path {
    const struct gql_path *up;
    const char *key; /* NULL: an index */
    uint32_t index;
};

/* Arguments with variables put in; a new reference. */
json_t *gql_arguments(const struct gql_run *run, json_t *args);

/* False, with run->errors filled, if the query is not valid here. Sets cost and node_count. */
bool gql_check(struct gql_run *run);
void gql_execute(struct gql_run *run, struct buf *out);
void gql_error(struct gql_run *run, const char *type, const char *message);

#endif
