/* parameters: the parameters of requests other than filters, as tables: pages make forms of them, the OpenAPI document
 * describes them. */
#pragma once
#include "api/spec/routes.h"

struct parameter {
    unsigned
        takes; /* enum route_takes: the routes that take it; 0: every route that answers in JSON (strict: all) */
    enum shape shape; /* not SHAPE_NONE: only routes of this shape */
    const char *name;
    const char *schema;                                             /* JSON Schema; NULL: made of `value` */
    const char *(*value)(const struct route *route, size_t number); /* its possible values; NULL at the end */
    unsigned several; /* 0: one; 1: any number of them, separated by commas; above: at most so many */
    const char *about;
};
extern const struct parameter parameters[];
extern const size_t n_parameters;
bool parameter_fits(const struct parameter *parameter, const struct route *route);
/* The route's own parameter of this name; NULL: none (filters do not count). */
const struct parameter *parameter_find(const struct route *route, slice name);
/* Whether the request's route takes it with its method, as a parameter or as a filter of its list. */
bool parameter_exists(const struct request *rq, slice name);
/* The names of the request's known parameters, for a log line: "login__gte search", then "(others)" if there were others. In the arena. */
const char *parameters_for_log(const struct request *rq);

/* The days of growth that the dashboard shows: the values of `days`. Number 0, 1, …; 0 is the default; NULL at the end. */
struct growth_span {
    const char *name;  /* the value */
    const char *words; /* of a link */
    int64_t days;      /* 0: all */
};
const struct growth_span *growth_span(size_t number);
const struct growth_span *growth_span_find(slice name); /* NULL: there is none */

/* The value of {name} in a path. */
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
    const char *(*value)(
        size_t
            number); /* NULL: any text; else the possible values (with `schema`: of items): number 0, 1, …, NULL at the end */
    const char *schema; /* what follows "type": in its JSON Schema; NULL: a text */
    bool of_programs;   /* forms of pages do not have it */
};
struct body {
    bool (*post)(struct request *rq, struct response *rs, struct err *err); /* the handler that reads it */
    const char *verb;                                                       /* on the button */
    const char *summary;                                                    /* in documentation */
    const char *schema;                                                     /* name of the answer's schema */
    const char *refused;                                                    /* name of the 406's answer */
    bool conflicts;                                                         /* 409: wrong state */
    bool (*in_state)(const char *state); /* whether a record in this state allows it; NULL: any */
    const struct body_field *fields;
    size_t n_fields;
    const char *rules; /* JSON Schemas that the whole body meets as well, separated by commas; NULL: none */
    bool final;        /* cannot be undone: its button is folded */
};
/* NULL if the route takes no POST. */
const struct body *body_of(const struct route *route);
/* The action below a route, such as cancel/ below a job: number 0, 1, …; NULL at the end. */
const struct route *route_action(const struct route *route, size_t number);
