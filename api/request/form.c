#include "api/request/form.h"
#include "core/base/buf.h"
#include "http/fields.h"
#include <jansson.h>

#define FIELDS_MAX 50

static const char *json_kind(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

static struct param *find(const struct param_list *list, slice key)
{
    for (size_t i = 0; i < list->n; i++)
        if (slice_eq(list->items[i].key, key))
            return &list->items[i];
    return NULL;
}

static void put(struct param_list *out, slice key, slice value)
{
    struct param *there = find(out, key);
    if (there)
        there->value = value;
    else if (out->n < FIELDS_MAX)
        out->items[out->n++] = (struct param){key, value};
}

/* The body's fields, by whether the caller takes them. */
struct form_fields {
    const char *const *known;
    struct param_list *taken, *unknown; /* unknown: NULL, or where to put their names */
};

static bool is_known(const char *const *known, slice name, char *mark_out)
{
    *mark_out = '\0';
    for (; known && *known; known++) {
        bool marked = **known == FORM_NUMBER || **known == FORM_BOOLEAN || **known == FORM_LIST;
        if (!slice_eq(name, slice_of(*known + marked)))
            continue;
        *mark_out = marked ? **known : '\0';
        return true;
    }
    return false;
}

/* False: it is not taken. */
static bool take(const struct form_fields *f, slice name, char *mark_out)
{
    if (is_known(f->known, name, mark_out) || !f->known)
        return true;
    if (f->unknown && name.len)
        put(f->unknown, name, SLICE(""));
    return false;
}

/* Of an HTML form, which repeats a field for each value of a list. An empty one adds nothing. */
static void put_field(struct arena *a, const struct form_fields *f, char mark, slice name, slice value)
{
    struct param *there = mark == FORM_LIST ? find(f->taken, name) : NULL;
    if (!there || !there->value.len)
        put(f->taken, name, value);
    else if (value.len)
        there->value = slice_of(arena_printf(a, "%.*s,%.*s", SLICE_ARG(there->value), SLICE_ARG(value)));
}

/* ---- JSON ---- */

/* False: not all of them are strings. */
static bool join(struct arena *a, const json_t *list, slice *out)
{
    struct buf joined;
    buf_init(&joined, 0);
    bool ok = true;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        ok = ok && json_is_string(item);
        if (i)
            buf_putc(&joined, ',');
        if (ok)
            buf_put(&joined, json_string_value(item), json_string_length(item));
    }
    slice text = buf_slice(&joined);
    *out = slice_from(arena_dup(a, text), text.len);
    buf_finish(&joined);
    return ok;
}

static enum form_outcome from_object(struct arena *a, json_t *root, const struct form_fields *f,
                                     const char **why_out)
{
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        slice name = slice_of(arena_strdup(a, key));
        char mark;
        if (!take(f, name, &mark) || json_is_null(value))
            continue;
        if (json_is_integer(value) && mark == FORM_NUMBER) {
            put(f->taken, name, slice_of(arena_printf(a, "%lld", (long long)json_integer_value(value))));
            continue;
        }
        if (json_is_boolean(value) && mark == FORM_BOOLEAN) {
            put(f->taken, name, json_is_true(value) ? SLICE("true") : SLICE("false"));
            continue;
        }
        slice joined;
        if (json_is_array(value) && mark == FORM_LIST && join(a, value, &joined)) {
            put(f->taken, name, joined);
            continue;
        }
        if (!json_is_string(value)) {
            *why_out = arena_printf(a, "%.100s: expected a string%s, got %s.", key,
                                    mark == FORM_LIST ? " or a list of strings" : "",
                                    mark == FORM_LIST && json_is_array(value) ? "a list with something else"
                                                                              : json_kind(value));
            return FORM_BAD;
        }
        slice text = slice_from(json_string_value(value), json_string_length(value));
        put(f->taken, name, slice_from(arena_dup(a, text), text.len));
    }
    return FORM_OK;
}

static enum form_outcome from_json(struct arena *a, slice body, const struct form_fields *f,
                                   const char **why_out)
{
    json_error_t error;
    json_t *root = json_loadb(body.ptr, body.len, JSON_DECODE_ANY, &error);
    if (!root) {
        *why_out =
            arena_printf(a, "JSON parse error - %s: line %d column %d", error.text, error.line, error.column);
        return FORM_BAD;
    }
    enum form_outcome outcome = FORM_BAD;
    if (json_is_object(root))
        outcome = from_object(a, root, f, why_out);
    else
        *why_out = arena_printf(a, "Invalid data. Expected a dictionary, but got %s.", json_kind(root));
    json_decref(root);
    return outcome;
}

/* ---- multipart/form-data (RFC 7578), text fields only ---- */

/* Takes the part before `mark` off the front of *rest and moves *rest past it. */
static bool cut(slice *rest, slice mark, slice *head_out)
{
    const char *at = rest->len ? memmem(rest->ptr, rest->len, mark.ptr, mark.len) : NULL;
    if (!at)
        return false;
    *head_out = slice_from(rest->ptr, (size_t)(at - rest->ptr));
    *rest = slice_from(at + mark.len, rest->len - head_out->len - mark.len);
    return true;
}

static slice field_name(slice head)
{
    slice rest = head, line;
    while (slice_split(&rest, '\n', &line)) {
        ptrdiff_t colon = slice_find(line, ':');
        if (colon > 0 &&
            slice_eq_nocase(slice_trim(slice_from(line.ptr, (size_t)colon)), SLICE("content-disposition")))
            return field_parameter(slice_from(line.ptr + colon + 1, line.len - (size_t)colon - 1),
                                   SLICE("name"));
    }
    return (slice){NULL, 0};
}

static enum form_outcome from_multipart(struct arena *a, slice content_type, slice body,
                                        const struct form_fields *f, const char **why_out)
{
    slice boundary = field_parameter(content_type, SLICE("boundary")), rest = body, part, head;
    *why_out = "Multipart form parse error - the parts don't end where the boundary says.";
    if (boundary.len == 0 || boundary.len > 70) {
        *why_out = "Multipart form parse error - Invalid boundary in multipart.";
        return FORM_BAD;
    }
    slice first = slice_of(arena_printf(a, "--%.*s", SLICE_ARG(boundary)));
    slice mark = slice_of(arena_printf(a, "\r\n--%.*s", SLICE_ARG(boundary)));
    if (!cut(&rest, first, &part))
        return FORM_BAD;
    while (!slice_starts(rest, SLICE("--"))) {
        if (!slice_starts(rest, SLICE("\r\n")) || !cut(&rest, mark, &part) ||
            !cut(&part, SLICE("\r\n\r\n"), &head))
            return FORM_BAD;
        slice name = field_name(head);
        if (!name.ptr || !slice_utf8_valid(name) || slice_find(name, '\0') >= 0)
            return FORM_BAD;
        char kind;
        if (!take(f, name, &kind))
            continue;
        if (!slice_utf8_valid(part) || slice_find(part, '\0') >= 0) {
            *why_out = arena_printf(a, "%.*s: the value holds a NUL or is not valid UTF-8.", SLICE_ARG(name));
            return FORM_BAD;
        }
        put_field(a, f, kind, name, part);
    }
    return FORM_OK;
}

static enum form_outcome from_urlencoded(struct arena *a, slice body, const struct form_fields *f,
                                         const char **why_out)
{
    struct param_list all;
    char mark;
    if (!params_parse(a, body, &all, why_out))
        return FORM_BAD;
    for (size_t i = 0; i < all.n_given; i++)
        if (take(f, all.given[i].key, &mark))
            put_field(a, f, mark, all.given[i].key, all.given[i].value);
    return FORM_OK;
}

enum form_outcome form_parse(struct arena *a, slice content_type, slice body, const char *const *known,
                             struct param_list *out, struct param_list *unknown_out, const char **why_out)
{
    slice type = {NULL, 0}, rest = content_type;
    const struct form_fields f = {known, out, unknown_out};
    *out = (struct param_list){.items = arena_array(a, FIELDS_MAX, sizeof *out->items)};
    if (unknown_out)
        *unknown_out = (struct param_list){.items = arena_array(a, FIELDS_MAX, sizeof *out->items)};
    if (body.len == 0)
        return FORM_OK;
    if (slice_split(&rest, ';', &type))
        type = slice_trim(type);
    if (slice_eq_nocase(type, SLICE("application/json")))
        return from_json(a, body, &f, why_out);
    if (slice_eq_nocase(type, SLICE("application/x-www-form-urlencoded")))
        return from_urlencoded(a, body, &f, why_out);
    if (slice_eq_nocase(type, SLICE("multipart/form-data")))
        return from_multipart(a, content_type, body, &f, why_out);
    *why_out = arena_printf(a, "Unsupported media type \"%.*s\" in request.", SLICE_ARG(content_type));
    return FORM_UNSUPPORTED;
}
