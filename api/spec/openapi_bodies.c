/* The bodies of requests in the OpenAPI document. */
#include "api/spec/openapi.h"
#include "api/spec/schemas.h"

/* Of a text that lists the values: separated by commas, around which there may be blanks and more commas. */
static void put_pattern(struct jw *w, const struct body_field *field)
{
    AUTO_BUF one = {0};
    AUTO_BUF all = {0};
    for (size_t k = 0; field->value(k); k++) {
        buf_puts(&one, k ? "|" : "(?:");
        for (const char *c = field->value(k); *c; c++)
            buf_printf(&one, *c == '.' ? "\\%c" : "%c", *c);
    }
    buf_puts(&one, ")");
    buf_printf(&all, "^(?:[ \\t\\r\\n,]*%.*s(?:[ \\t\\r\\n]*,[ \\t\\r\\n,]*%.*s)*[ \\t\\r\\n,]*)?$",
               SLICE_ARG(buf_slice(&one)), SLICE_ARG(buf_slice(&one)));
    jw_kstr(w, "pattern", buf_slice(&all));
}

static void put_field(struct jw *w, const struct body_field *field)
{
    jw_object(w);
    jw_kcstr(w, "description", field->about);
    jw_kraw(w, "type", slice_of(field->schema ? field->schema : field->required ? "\"string\"" : FIELD_WORD));
    bool of_items = field->value && field->schema;
    if (of_items) {
        jw_kobject(w, "items");
        jw_kcstr(w, "type", "string");
    }
    if (field->value) {
        jw_karray(w, "enum");
        for (size_t k = 0; field->value(k); k++)
            jw_cstr(w, field->value(k));
        if (!field->required && !of_items) { /* which count as absent */
            jw_cstr(w, "");
            jw_null(w);
        }
        jw_end_array(w);
    }
    if (of_items) {
        jw_end_object(w);
        put_pattern(w, field);
    }
    jw_end_object(w);
}

void openapi_body(struct jw *w, const struct body *body)
{
    static const char *const types[] = {"application/json", "application/x-www-form-urlencoded",
                                        "multipart/form-data"};
    if (body->n_fields == 0)
        return;
    jw_kobject(w, "requestBody");
    jw_kbool(w, "required", true);
    jw_kobject(w, "content");
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        jw_kobject(w, types[t]);
        jw_kobject(w, "schema");
        jw_kcstr(w, "type", "object");
        jw_karray(w, "required");
        for (size_t i = 0; i < body->n_fields; i++)
            if (body->fields[i].required)
                jw_cstr(w, body->fields[i].name);
        jw_end_array(w);
        jw_kobject(w, "properties");
        for (size_t i = 0; i < body->n_fields; i++) {
            const struct body_field *field = &body->fields[i];
            jw_key(w, field->name);
            put_field(w, field);
        }
        jw_end_object(w);
        if (body->rules) {
            jw_karray(w, "allOf");
            jw_raw(w, slice_of(body->rules));
            jw_end_array(w);
        }
        jw_end_object(w);
        jw_kobject(w, "example");
        for (size_t i = 0; i < body->n_fields; i++)
            if (body->fields[i].example)
                jw_kcstr(w, body->fields[i].name, body->fields[i].example);
        jw_end_object(w);
        jw_end_object(w);
    }
    jw_end_object(w);
    jw_end_object(w);
}
