/* openapi: the OpenAPI 3.1 document, made from the tables that serve requests: routes, fields, filters, parameters,
 * bodies. Pure. */
#pragma once
#include "api/spec/parameters.h"

/* base: the prefix of every path, without a slash at its end. login: whether credentials are required. */
void openapi_write(struct jw *w, const char *base, bool login);

/* ---- parts, for openapi*.c ---- */
/* "components": schemas, parameters, responses, headers, authentication. */
void openapi_components(struct jw *w);
/* "schema": {"$ref": …} */
void openapi_schema_ref(struct jw *w, const char *name);
/* {"$ref": "#/components/…"} as a value */
void openapi_ref(struct jw *w, const char *kind, const char *name);
/* "parameters" of the components. */
void openapi_shared_parameters(struct jw *w);
/* "requestBody", if there is one. */
void openapi_body(struct jw *w, const struct body *body);
/* "parameters" of a GET, or of a POST. */
void openapi_parameters(struct jw *w, const struct route *route, bool post);
/* What a FIELD_OBJECT holds, as JSON Schema. */
void openapi_object(struct jw *w, const char *field);
/* Error answers shared by routes. */
struct openapi_error {
    int status;
    const char *name, *about;
    const char *schema; /* NULL: no body */
    const char *header; /* header of the answer, or NULL */
};
extern const struct openapi_error openapi_errors[];
extern const size_t n_openapi_errors;
