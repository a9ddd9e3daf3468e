/* The bodies of requests in the OpenAPI document. */
#include "api/spec/openapi.h"
#include "api/spec/schemas.h"

static void put_field(struct jw *w, const struct body_field *field)
{
    jw_object(w);
    jw_kcstr(w, "description", field->about);
    jw_key(w, "type");
    jw_raw(w, slice_of(field->schema ? field->schema : field->required ? "\"string\"" : FIELD_WORD));
    if (field->value) {
        jw_key(w, "enum");
        jw_array(w);
        for (size_t k = 0; field->value(k); k++)
            jw_cstr(w, field->value(k));
        if (!field->required)
            jw_null(w);
        jw_end_array(w);
    }
    jw_end_object(w);
}

void openapi_body(struct jw *w, const struct body *body)
{
    static const char *const types[] = {"application/json", "application/x-www-form-urlencoded",
                                        "multipart/form-data"};
    if (body->n_fields == 0)
        return;
    jw_key(w, "requestBody");
    jw_object(w);
    jw_kbool(w, "required", true);
    jw_key(w, "content");
    jw_object(w);
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        jw_key(w, types[t]);
        jw_object(w);
        jw_key(w, "schema");
        jw_object(w);
        jw_kcstr(w, "type", "object");
        jw_key(w, "required");
        jw_array(w);
        for (size_t i = 0; i < body->n_fields; i++)
            if (body->fields[i].required)
                jw_cstr(w, body->fields[i].name);
        jw_end_array(w);
        jw_key(w, "properties");
        jw_object(w);
        for (size_t i = 0; i < body->n_fields; i++) {
            const struct body_field *field = &body->fields[i];
            jw_key(w, field->name);
            put_field(w, field);
        }
        jw_end_object(w);
        if (body->rules) {
            jw_key(w, "allOf");
            jw_array(w);
            jw_raw(w, slice_of(body->rules));
            jw_end_array(w);
        }
        jw_end_object(w);
        jw_key(w, "example");
        jw_object(w);
        for (size_t i = 0; i < body->n_fields; i++)
            if (body->fields[i].example)
                jw_kcstr(w, body->fields[i].name, body->fields[i].example);
        jw_end_object(w);
        jw_end_object(w);
    }
    jw_end_object(w);
    jw_end_object(w);
}
