/* parameters: what a request may hold beside the filters of its list, as tables: pages make forms of them, the OpenAPI
 * document describes them. */
#pragma once
#include "api/routes.h"

struct parameter {
    unsigned takes; /* enum route_takes: the routes that take it; 0: every route that answers in JSON */
    const char *name;
    const char *schema; /* JSON Schema; NULL: made of the list's orderings */
    const char *about;
    const char *example; /* JSON; NULL: none */
};
extern const struct parameter parameters[];
extern const size_t n_parameters;

/* What stands at {name} in a path. */
struct path_argument {
    const char *name, *schema, *about;
};
const struct path_argument *path_argument(slice name);

/* Fields of a body. */
struct body_field {
    const char *name;
    bool required;
    const char *about;
    const char *example;
    const char *const *values; /* NULL: any text; else what it may be, ending in NULL */
};
struct body {
    bool (*post)(struct request *rq, struct response *rs, struct err *err); /* the handler that reads it */
    const char *verb;                                                       /* on the button */
    const char *summary;                                                    /* in documentation */
    const char *schema;  /* name of the answer's schema; see openapi_schemas.c */
    const char *refused; /* of the 406's */
    const struct body_field *fields;
    size_t n_fields;
};
/* NULL when the route takes no POST. */
const struct body *body_of(const struct route *route);
