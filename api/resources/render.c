#include "api/resources/render.h"
#include "core/base/clock.h"

void render_text(struct jw *w, const char *key, slice text)
{
    jw_key(w, key);
    if (text.ptr)
        jw_str(w, text);
    else
        jw_null(w);
}

static void render_texts(struct jw *w, const char *key, struct texts texts)
{
    jw_key(w, key);
    if (!texts.known) {
        jw_null(w);
        return;
    }
    jw_array(w);
    for (size_t i = 0; i < texts.n; i++)
        jw_str(w, texts.items[i]);
    jw_end_array(w);
}

void render_number(struct jw *w, const char *key, struct maybe value)
{
    jw_key(w, key);
    if (value.known)
        jw_i64(w, value.value);
    else
        jw_null(w);
}

void render_time(struct jw *w, const char *key, struct maybe value)
{
    jw_key(w, key);
    if (value.known)
        jw_time(w, value.value);
    else
        jw_null(w);
}

static void render_bool(struct jw *w, const char *key, struct maybe value)
{
    jw_key(w, key);
    if (value.known)
        jw_bool(w, value.value != 0);
    else
        jw_null(w);
}

/* GitHub ids are strings: they may exceed 2^53, where JSON readers lose digits. */
static void render_github_id(struct jw *w, const char *key, struct maybe value)
{
    jw_key(w, key);
    if (value.known)
        jw_digits(w, value.value);
    else
        jw_null(w);
}

static void render_link(struct jw *w, const struct request *rq, const struct field *field, struct maybe id)
{
    jw_key(w, field->name);
    if (!id.known)
        jw_null(w);
    else if (field->type == FIELD_NUMBERED)
        link_put(w, rq, arena_printf(rq->arena, "%s%lld/", field->path, (long long)id.value));
    else
        link_put_below(w, rq, field->kind, id.value, field->path);
}

static void render_field(struct jw *w, const struct request *rq, const struct field *field,
                         const char *record)
{
    const void *at = record + field->at;
    char id[UUID_TEXT_SIZE];
    switch (field->type) {
    case FIELD_ID:
        jw_kcstr(w, field->name, record_id_format(field->kind, ((const struct maybe *)at)->value, id));
        break;
    case FIELD_DIGITS:
        render_github_id(w, field->name, *(const struct maybe *)at);
        break;
    case FIELD_TEXT:
        render_text(w, field->name, *(const slice *)at);
        break;
    case FIELD_TEXTS:
        render_texts(w, field->name, *(const struct texts *)at);
        break;
    case FIELD_NUMBER:
        render_number(w, field->name, *(const struct maybe *)at);
        break;
    case FIELD_TIME:
        render_time(w, field->name, *(const struct maybe *)at);
        break;
    case FIELD_BOOL:
        render_bool(w, field->name, *(const struct maybe *)at);
        break;
    case FIELD_LINK:
    case FIELD_NUMBERED:
        render_link(w, rq, field, *(const struct maybe *)at);
        break;
    case FIELD_LINKS:
        link_put_list(w, rq, field->name, field->kind, *(const struct ids *)at);
        break;
    case FIELD_PATH:
        jw_key(w, field->name);
        link_put(w, rq, field->path);
        break;
    case FIELD_DAY: /* written by the handler, */
    case FIELD_FRACTION:
    case FIELD_OBJECT: /* like this one */
        break;
    }
}

void render_members(struct jw *w, const struct request *rq, enum shape shape, field_set set,
                    const void *record)
{
    size_t n;
    const struct field *fields = fields_of(shape, &n);
    for (size_t i = 0; i < n; i++)
        if (set >> i & 1)
            render_field(w, rq, &fields[i], record);
}

void render_record(struct jw *w, const struct request *rq, enum shape shape, field_set set,
                   const void *record)
{
    jw_object(w);
    render_members(w, rq, shape, set, record);
    jw_end_object(w);
}

/* ---- CSV ---- */

void render_csv_head(struct csv *csv, enum shape shape, field_set set)
{
    size_t n;
    const struct field *fields = fields_of(shape, &n);
    for (size_t i = 0; i < n; i++)
        if (set >> i & 1)
            csv_text(csv, slice_of(fields[i].name));
    csv_end(csv);
}

/* An address or a list, as in JSON; a text without its quotes (addresses have nothing that JSON escapes). */
static void csv_json(struct csv *csv, const struct request *rq, const struct field *field, const char *record)
{
    AUTO_BUF text = {0};
    struct jw w;
    jw_init(&w, &text, 0);
    jw_object(&w);
    render_field(&w, rq, field, record);
    size_t before = strlen(field->name) + sizeof "{\"\":" - 1;
    slice value = slice_from(text.ptr + before, text.len - before);
    if (slice_eq(value, SLICE("null")))
        csv_null(csv);
    else if (value.ptr[0] == '"')
        csv_text(csv, slice_from(value.ptr + 1, value.len - 2));
    else
        csv_text(csv, value);
}

static void csv_time(struct csv *csv, int64_t at_ms)
{
    char iso[CLOCK_ISO_SIZE];
    csv_text(csv, slice_of(clock_iso(at_ms, iso)));
}

static void csv_field(struct csv *csv, const struct request *rq, const struct field *field,
                      const char *record)
{
    const void *at = record + field->at;
    struct maybe value = {0};
    char id[UUID_TEXT_SIZE];
    if (field->type == FIELD_TEXT) {
        csv_text(csv, *(const slice *)at);
        return;
    }
    if (field->type == FIELD_LINKS || field->type == FIELD_TEXTS || field->type == FIELD_PATH) {
        csv_json(csv, rq, field, record);
        return;
    }
    value = *(const struct maybe *)at;
    if (!value.known)
        csv_null(csv);
    else if (field->type == FIELD_ID)
        csv_text(csv, slice_of(record_id_format(field->kind, value.value, id)));
    else if (field->type == FIELD_TIME)
        csv_time(csv, value.value);
    else if (field->type == FIELD_BOOL)
        csv_text(csv, value.value ? SLICE("true") : SLICE("false"));
    else if (field->type == FIELD_DIGITS || field->type == FIELD_NUMBER)
        csv_i64(csv, value.value);
    else
        csv_json(csv, rq, field, record);
}

void render_csv(struct csv *csv, const struct request *rq, enum shape shape, field_set set,
                const void *record)
{
    size_t n;
    const struct field *fields = fields_of(shape, &n);
    for (size_t i = 0; i < n; i++)
        if (set >> i & 1)
            csv_field(csv, rq, &fields[i], record);
    csv_end(csv);
}
