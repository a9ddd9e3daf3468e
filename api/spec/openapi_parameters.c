/* The parameters of the OpenAPI document: each describes exactly what its reader accepts. */
#include "api/spec/filters.h"
#include "api/spec/openapi.h"
#include "api/spec/schemas.h"

/* Values, as an enum or as a list of them. */
static void put_values(struct jw *w, const struct parameter *p, const struct route *route)
{
    const char *value;
    jw_object(w);
    if (p->several) {
        jw_kcstr(w, "type", "array");
        jw_kobject(w, "items");
    }
    jw_kcstr(w, "type", "string");
    jw_karray(w, "enum");
    for (size_t i = 0; (value = p->value(route, i)); i++)
        jw_cstr(w, value);
    jw_end_array(w);
    if (p->several) {
        jw_end_object(w);
        jw_ki64(w, "minItems", 1);
        if (p->several > 1)
            jw_ki64(w, "maxItems", p->several);
    }
    jw_end_object(w);
}

static void put_parameter(struct jw *w, const struct parameter *p, const struct route *route)
{
    jw_object(w);
    jw_kcstr(w, "name", p->name);
    jw_kcstr(w, "in", "query");
    jw_kcstr(w, "description", p->about);
    if (p->several) {
        jw_kcstr(w, "style", "form");
        jw_kbool(w, "explode", false);
    }
    jw_key(w, "schema");
    if (p->schema)
        jw_raw(w, slice_of(p->schema));
    else
        put_values(w, p, route);
    jw_end_object(w);
}

/* The dashboard is for people; of its address the document describes what programs get. */
static bool is_for_get(const struct parameter *p, const struct route *route)
{
    return p->takes != TAKES_FORMAT && !(route->flags & ROUTE_PEOPLE) && parameter_fits(p, route);
}

/* A parameter that is the same for all routes is described once. */
static bool is_shared(const struct parameter *p)
{
    return p->schema && p->shape == SHAPE_NONE;
}

void openapi_shared_parameters(struct jw *w)
{
    jw_kobject(w, "parameters");
    for (size_t i = 0; i < n_parameters; i++) {
        bool taken = false;
        for (size_t k = 0; k < n_routes; k++)
            taken |= routes[k].get && is_for_get(&parameters[i], &routes[k]);
        if (!taken || !is_shared(&parameters[i]))
            continue;
        jw_key(w, parameters[i].name);
        put_parameter(w, &parameters[i], NULL);
    }
    jw_end_object(w);
}

static const char *filter_schema(enum browse_column column, enum browse_op op)
{
    /* GitHub ids are text in the answer, too */
    bool is_id = column == BROWSE_GITHUB_ID || column == BROWSE_OWNER_GITHUB_ID;
    enum browse_type type = is_id ? BROWSE_TEXT : browse_column_type(column);
    if (op == BROWSE_IN)
        return type == BROWSE_NUMBER ? SCHEMA_VALUES(TYPED("number", ""), "")
                                     : SCHEMA_VALUES(SCHEMA_TEXT, HAS_TEXT);
    if (op == BROWSE_ISNULL || op == BROWSE_ISEMPTY || type == BROWSE_BOOL)
        return TYPED("boolean", "");
    if (type == BROWSE_NUMBER)
        return TYPED("number", "");
    return type == BROWSE_TIME ? A_TIME : SCHEMA_TEXT;
}

static void put_filters(struct jw *w, enum browse_list list)
{
    size_t n, n_lookups;
    const struct filter_field *fields = filter_fields(list, &n);
    const struct filter_lookup *lookups = filter_lookups(&n_lookups);
    for (size_t i = 0; i < n; i++) {
        const char *field = browse_column_name(fields[i].column);
        for (size_t k = 0; k < n_lookups; k++) {
            if (!(fields[i].lookups & lookups[k].lookup))
                continue;
            AUTO_BUF text = {0};
            jw_object(w);
            buf_printf(&text, "%s%s", field, lookups[k].suffix);
            jw_kstr(w, "name", buf_slice(&text));
            jw_kcstr(w, "in", "query");
            buf_reset(&text);
            buf_printf(&text, "%s %s", field, lookups[k].about);
            jw_kstr(w, "description", buf_slice(&text));
            if (lookups[k].op == BROWSE_IN) {
                jw_kcstr(w, "style", "form");
                jw_kbool(w, "explode", false);
            }
            jw_kraw(w, "schema", slice_of(filter_schema(fields[i].column, lookups[k].op)));
            jw_end_object(w);
        }
    }
}

static bool is_for_post(const struct parameter *parameter, const struct route *route)
{
    return parameter->takes == TAKES_DRY_RUN ? (route->takes & TAKES_DRY_RUN) != 0
                                             : strcmp(parameter->name, "strict") == 0;
}

void openapi_parameters(struct jw *w, const struct route *route, bool post)
{
    jw_karray(w, "parameters");
    for (size_t i = 0; i < n_parameters; i++) {
        if (!(post ? is_for_post : is_for_get)(&parameters[i], route))
            continue;
        if (is_shared(&parameters[i]) && parameters[i].takes != TAKES_DRY_RUN)
            openapi_ref(w, "parameters", parameters[i].name);
        else
            put_parameter(w, &parameters[i], route);
    }
    if (route->takes & TAKES_FILTERS)
        put_filters(w, route->list);
    jw_end_array(w);
}
