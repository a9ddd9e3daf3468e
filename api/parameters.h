/* parameters: what a request may say beside the filters of its list, as tables: pages make forms of them, the OpenAPI
 * document describes them. */
#pragma once
#include "api/routes.h"

enum parameter_type { PARAMETER_TEXT, PARAMETER_NUMBER, PARAMETER_TIME };

struct parameter {
    unsigned takes; /* enum route_takes: the routes that take it; 0: every route that answers in JSON */
    const char *name;
    enum parameter_type type;
    const char *about;
    const char *example;
};
extern const struct parameter parameters[];
extern const size_t n_parameters;

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
    const char *verb; /* on the button, and for documentation */
    const struct body_field *fields;
    size_t n_fields;
};
/* NULL when the route takes no POST. */
const struct body *body_of(const struct route *route);
