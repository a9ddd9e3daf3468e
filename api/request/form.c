#include "api/request/form.h"
#include "core/base/buf.h"
#include "http/fields.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#define FIELDS_MAX (FORM_UNKNOWN_MAX + 1)

#define SHOWN_BYTES 60

/* A value as JSON, cut to what fits into a message. */
static const char *shown(struct arena *a, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    slice all = slice_of(text ? text : "something else");
    size_t n = 0, next;
    while (n < all.len && n < SHOWN_BYTES &&
           (next = slice_utf8_sequence(slice_from(all.ptr + n, all.len - n))) > 0)
        n += next;
    const char *out = arena_printf(a, "%.*s%s", (int)n, all.ptr, n < all.len ? "..." : "");
    free(text);
    return out;
}

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
        bool marked =
            **known &&
            strchr((const char[]){FORM_NUMBER, FORM_BOOLEAN, FORM_LIST, FORM_SECRET, '\0'}, **known);
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
    if (f->unknown)
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
    AUTO_BUF joined = {0};
    bool ok = true;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        ok = ok && json_is_string(item);
        if (i)
            buf_putc(&joined, ',');
        if (ok)
            buf_put(&joined, json_string_value(item), json_string_length(item));
    }
    if (!joined.len && json_array_size(list)) /* [""] is not [] */
        buf_putc(&joined, ',');
    slice text = buf_slice(&joined);
    *out = slice_from(arena_dup(a, text), text.len);
    return ok;
}

static const char *expected_of(char mark)
{
    return mark == FORM_NUMBER    ? "a whole number"
           : mark == FORM_BOOLEAN ? "true or false"
           : mark == FORM_LIST    ? "a string or a list of strings"
                                  : "a string";
}

/* A whole number; 5.0 is one, too. Beyond 2^53 a fraction may have been lost. */
static bool read_whole(const json_t *value, long long *out)
{
    double real = json_number_value(value);
    bool exact = json_is_real(value) && real == floor(real) && fabs(real) <= 0x1p53;
    *out = exact ? (long long)real : (long long)json_integer_value(value);
    return exact || json_is_integer(value);
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
        long long whole;
        if (mark == FORM_NUMBER && read_whole(value, &whole)) {
            put(f->taken, name, slice_of(arena_printf(a, "%lld", whole)));
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
            *why_out = arena_printf(a, "%.100s: expected %s, got %s.", key, expected_of(mark),
                                    mark == FORM_SECRET ? json_kind(value) : shown(a, value));
            return FORM_BAD;
        }
        slice text = slice_from(json_string_value(value), json_string_length(value));
        put(f->taken, name, slice_from(arena_dup(a, text), text.len));
    }
    return FORM_OK;
}

/* jansson refuses numbers beyond its types without naming them: the member of the object and its value that end at `end`. */
static void find_member(slice body, size_t end, slice *name_out, slice *value_out)
{
    slice word = {NULL, 0};
    size_t depth = 0, from = 0;
    *name_out = word;
    if (end > body.len)
        end = body.len;
    for (size_t i = 0; i < end; i++) {
        char c = body.ptr[i];
        if (c == '"') {
            size_t begin = ++i;
            while (i < end && body.ptr[i] != '"')
                i += body.ptr[i] == '\\' ? 2 : 1;
            word = slice_from(body.ptr + begin, (i < end ? i : end) - begin);
        } else if (c == ':' && depth == 1) {
            *name_out = word;
            from = i + 1;
        }
        depth += c == '{' || c == '[';
        depth -= (c == '}' || c == ']') && depth > 0;
    }
    *value_out = slice_trim(slice_from(body.ptr + from, end - from));
}

static bool has_secret(const char *const *known)
{
    while (known && *known && **known != FORM_SECRET)
        known++;
    return known && *known;
}

static const char *overflow(struct arena *a, slice body, size_t end, const struct form_fields *f)
{
    slice name, value;
    char mark;
    find_member(body, end, &name, &value);
    bool known = is_known(f->known, name, &mark);
    if (has_secret(f->known)) /* under a misspelt name, too */
        value = SLICE("a number");
    return arena_printf(a, "JSON parse error - %.*s: expected %s, got %.*s%s.",
                        name.len < 100 ? (int)name.len : 100, name.ptr,
                        known && mark != FORM_NUMBER ? expected_of(mark) : "a number of 64 bits",
                        value.len < SHOWN_BYTES ? (int)value.len : SHOWN_BYTES, value.ptr,
                        value.len > SHOWN_BYTES ? "..." : "");
}

static enum form_outcome from_json(struct arena *a, slice body, const struct form_fields *f,
                                   const char **why_out)
{
    json_error_t error;
    if (slice_starts(body, SLICE("\xef\xbb\xbf")) || !slice_utf8_valid(body)) {
        *why_out = "JSON parse error - expected UTF-8 without a byte order mark.";
        return FORM_BAD;
    }
    json_auto_t *root = json_loadb(body.ptr, body.len, JSON_DECODE_ANY, &error);
    if (!root) {
        enum json_error_code code = json_error_code(&error);
        bool is_number = code == json_error_numeric_overflow && error.position > 0;
        const char *text = code == json_error_null_character || code == json_error_null_byte_in_key
                               ? "NUL characters (\\u0000) are not allowed"
                           : has_secret(f->known)
                               ? "this is no JSON" /* the text may hold a part of the body */
                               : error.text;
        *why_out = is_number ? overflow(a, body, (size_t)error.position, f)
                             : arena_printf(a, "JSON parse error - %s: line %d column %d", text, error.line,
                                            error.column);
        return FORM_BAD;
    }
    enum form_outcome outcome = FORM_BAD;
    if (json_is_object(root))
        outcome = from_object(a, root, f, why_out);
    else
        *why_out = arena_printf(a, "Invalid data. Expected a dictionary, but got %s.", json_kind(root));
    return outcome;
}

/* ---- types ---- */

/* All texts are UTF-8, of which ASCII is a part, and so must be what says otherwise. NULL: fine. */
static const char *wrong_charset(struct arena *a, slice content_type)
{
    slice rest = content_type, one;
    while (slice_split(&rest, ';', &one)) {
        slice charset = field_parameter(one, SLICE("charset"));
        if (charset.ptr && !slice_eq_nocase(charset, SLICE("utf-8")) &&
            !slice_eq_nocase(charset, SLICE("utf8")) && !slice_eq_nocase(charset, SLICE("us-ascii")))
            return arena_printf(a, "Unsupported charset \"%.*s\" in request. Send the body in UTF-8.",
                                charset.len < SHOWN_BYTES ? (int)charset.len : SHOWN_BYTES, charset.ptr);
    }
    return NULL;
}

/* A comma that separates: there are several Content-Type fields. */
static bool is_several(slice content_type)
{
    bool quoted = false;
    for (size_t i = 0; i < content_type.len; i++) {
        char c = content_type.ptr[i];
        quoted ^= c == '"';
        if (c == ',' && !quoted)
            return true;
    }
    return false;
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

/* A field of a part's head. */
static slice part_field(slice head, slice name)
{
    slice rest = head, line;
    while (slice_split(&rest, '\n', &line)) {
        ptrdiff_t colon = slice_find(line, ':');
        if (colon > 0 && slice_eq_nocase(slice_trim(slice_from(line.ptr, (size_t)colon)), name))
            return slice_trim(slice_from(line.ptr + colon + 1, line.len - (size_t)colon - 1));
    }
    return (slice){NULL, 0};
}

/* NULL: its text is UTF-8 as it is. */
static const char *wrong_part(struct arena *a, slice head)
{
    slice coding = part_field(head, SLICE("content-transfer-encoding"));
    bool plain = !coding.len || slice_eq_nocase(coding, SLICE("7bit")) ||
                 slice_eq_nocase(coding, SLICE("8bit")) || slice_eq_nocase(coding, SLICE("binary"));
    if (plain)
        return wrong_charset(a, part_field(head, SLICE("content-type")));
    return arena_printf(a, "Unsupported Content-Transfer-Encoding \"%.*s\" of a part. Send it without one.",
                        coding.len < SHOWN_BYTES ? (int)coding.len : SHOWN_BYTES, coding.ptr);
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
        slice name = field_parameter(part_field(head, SLICE("content-disposition")), SLICE("name"));
        const char *wrong = wrong_part(a, head);
        if (!name.ptr || !slice_utf8_valid(name) || slice_find(name, '\0') >= 0)
            return FORM_BAD;
        char kind;
        if (wrong) {
            *why_out = wrong;
            return FORM_UNSUPPORTED;
        }
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
    *why_out = wrong_charset(a, content_type);
    if (*why_out)
        return FORM_UNSUPPORTED;
    if (is_several(content_type))
        type = content_type;
    if (slice_eq_nocase(type, SLICE("application/json")))
        return from_json(a, body, &f, why_out);
    if (slice_eq_nocase(type, SLICE("application/x-www-form-urlencoded")))
        return from_urlencoded(a, body, &f, why_out);
    if (slice_eq_nocase(type, SLICE("multipart/form-data")))
        return from_multipart(a, content_type, body, &f, why_out);
    *why_out = arena_printf(a, "Unsupported media type \"%.*s\" in request.", SLICE_ARG(content_type));
    return FORM_UNSUPPORTED;
}
