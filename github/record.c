#include "github/record.h"
#include "core/base/buf.h"
#include "core/model/field_types.h"
#include "core/model/names.h"

#define MAX_NUMBER_DIGITS 18 /* digits that surely fit 64 bits */
#define MAX_NESTING       24 /* of a page; the parsers that follow have bounds, too (JR_MAX_DEPTH and jansson's) */

static bool is_number(const json_t *value, json_int_t least)
{
    return json_is_integer(value) && json_integer_value(value) >= least &&
           json_integer_value(value) <= FIELD_NUMBER_MAX;
}

static bool is_id(const json_t *value)
{
    return is_number(value, 1);
}

bool gh_record_is_count(const json_t *value)
{
    return is_number(value, 0);
}

static bool is_text(const json_t *value, bool (*ok)(slice))
{
    return json_is_string(value) && ok(slice_from(json_string_value(value), json_string_length(value)));
}

static bool fits(const json_t *value, enum field_type type)
{
    if (json_is_null(value))
        return true;
    switch (type) {
    case FIELD_ID:
        return is_id(value);
    case FIELD_LOGIN:
        return is_text(value, login_plausible);
    case FIELD_FULL_NAME:
        return is_text(value, full_name_plausible);
    case FIELD_TIME:
        return is_text(value, field_time_ok);
    case FIELD_TEXT:
        return json_is_string(value);
    case FIELD_COUNT:
        return gh_record_is_count(value);
    case FIELD_FLAG:
        return json_is_boolean(value);
    case FIELD_ANY:
        break;
    }
    return true;
}

/* An id written as 5.0 or "5" is the number 5. */
static void read_id(json_t *item)
{
    const json_t *value = json_object_get(item, "id");
    double real = json_real_value(value);
    int64_t id;
    if (json_is_real(value) && real >= 1 && real <= 9007199254740992.0 && real == (double)(int64_t)real)
        json_object_set_new(item, "id", json_integer((json_int_t)real));
    else if (json_is_string(value) && slice_i64(slice_of(json_string_value(value)), 1, FIELD_NUMBER_MAX, &id))
        json_object_set_new(item, "id", json_integer(id));
}

/* False if the name is missing. listed: the id is enough, and an invalid name is removed. */
static bool clean_name(json_t *item, const char *key, bool (*ok)(slice), bool listed)
{
    if (is_text(json_object_get(item, key), ok))
        return true;
    json_object_del(item, key);
    return listed;
}

void gh_record_drop_misfits(json_t *value)
{
    const char *key;
    json_t *member;
    void *next;
    size_t at;
    read_id(value);
    json_object_foreach_safe(value, next, key, member)
    {
        if (fits(member, field_type_of(slice_of(key))))
            gh_record_drop_misfits(member);
        else
            json_object_del(value, key);
    }
    json_array_foreach(value, at, member) gh_record_drop_misfits(member);
}

/* Ours, but a peer can send it, too. */
static void drop_odd_weak(json_t *record)
{
    if (!json_is_object(json_object_get(record, "_weak")))
        json_object_del(record, "_weak");
}

bool gh_record_user(json_t *record, bool listed)
{
    read_id(record);
    if (!is_id(json_object_get(record, "id")) || !clean_name(record, "login", login_plausible, listed))
        return false;
    drop_odd_weak(record);
    gh_record_drop_misfits(record);
    return true;
}

static void clean_topics(json_t *topics)
{
    for (size_t i = json_array_size(topics); i-- > 0;)
        if (!json_is_string(json_array_get(topics, i)))
            json_array_remove(topics, i);
}

static void drop_unless(json_t *part, const char *key, json_type type)
{
    const json_t *value = json_object_get(part, key);
    if (value && !json_is_null(value) && json_typeof(value) != type)
        json_object_del(part, key);
}

/* Only the spdx_id of a license is read. */
static bool is_license(const json_t *license)
{
    const json_t *spdx_id = json_object_get(license, "spdx_id");
    return !spdx_id || fits(spdx_id, FIELD_TEXT);
}

/* The fields of no plain type. */
static void clean_repository_parts(json_t *part)
{
    drop_unless(part, "owner", JSON_OBJECT);
    drop_unless(part, "parent", JSON_OBJECT);
    drop_unless(part, "license", JSON_OBJECT);
    drop_unless(part, "topics", JSON_ARRAY);
    json_t *owner = json_object_get(part, "owner"), *parent = json_object_get(part, "parent");
    read_id(parent);
    json_object_del(owner, "_weak");
    if (json_is_object(owner) && !gh_record_user(owner, false))
        json_object_del(part, "owner");
    if (json_is_object(parent) && !is_id(json_object_get(parent, "id")))
        json_object_del(part, "parent");
    if (!is_license(json_object_get(part, "license")))
        json_object_del(part, "license");
    clean_topics(json_object_get(part, "topics"));
}

/* A name that is not a text is still in the full name. A node of GraphQL is requested by REST instead. */
static void name_by_full_name(json_t *record)
{
    json_t *full_name = json_object_get(record, "full_name"), *name = json_object_get(record, "name");
    if (!name || json_is_null(name) || json_is_string(name) || json_object_get(record, "_weak"))
        return;
    if (is_text(full_name, full_name_plausible))
        json_object_set_new(record, "name", json_string(strchr(json_string_value(full_name), '/') + 1));
}

bool gh_record_repository(json_t *record, bool listed)
{
    read_id(record);
    name_by_full_name(record);
    if (!is_id(json_object_get(record, "id")) || !clean_name(record, "name", repo_name_ok, listed) ||
        !clean_name(record, "full_name", full_name_plausible, listed))
        return false;
    clean_repository_parts(record);
    drop_odd_weak(record);
    clean_repository_parts(json_object_get(record, "_weak"));
    gh_record_drop_misfits(record);
    return true;
}

/* The closing quote of the text that begins at i, or the end. */
static size_t text_end(slice json, size_t i)
{
    for (i++; i < json.len && json.ptr[i] != '"'; i++)
        i += json.ptr[i] == '\\';
    return i;
}

/* An empty list is valid for none of the fields that are read, so it is dropped later; null would count as GitHub's value. */
#define NO_NUMBER "[]"

static void without_big_numbers(slice json, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        if (c == '"')
            i = text_end(json, i);
        if (!((c >= '0' && c <= '9') || c == '-'))
            continue;
        size_t end = i;
        bool exponent = false;
        while (end < json.len && strchr("0123456789+-.eE", json.ptr[end]) && json.ptr[end])
            exponent |= (json.ptr[end++] | 32) == 'e';
        if (exponent || end - i > MAX_NUMBER_DIGITS) {
            buf_put(out, json.ptr + from, i - from);
            buf_puts(out, NO_NUMBER);
            from = end;
        }
        i = end - 1;
    }
    buf_put(out, json.ptr + from, json.len - from);
}

/* What is nested too deep becomes null. False: nothing is, and nothing was put out. */
static bool without_deep_values(slice json, struct buf *out)
{
    size_t from = 0;
    int depth = 0;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        if (c == '"')
            i = text_end(json, i);
        else if ((c == '[' || c == '{') && depth++ == MAX_NESTING) {
            buf_put(out, json.ptr + from, i - from);
            buf_puts(out, "null");
            from = json.len;
        } else if ((c == ']' || c == '}') && --depth == MAX_NESTING)
            from = i + 1;
    }
    if (!out->len)
        return false;
    buf_put(out, json.ptr + from, json.len - from);
    return true;
}

json_t *gh_record_parse(slice json, json_error_t *why_out)
{
    slice text = json.ptr ? json : SLICE("");
    AUTO_BUF flat = {.max = text.len * 2 + 16}; /* "null" for [] is longer */
    if (slice_find(text, '{') >= 0 &&
        without_deep_values(text, &flat)) /* brackets alone are no page of GitHub's */
        text = buf_slice(&flat);
    json_t *root = json_loadb(text.ptr, text.len, 0, why_out);
    if (!root) {
        AUTO_BUF small = {.max = text.len + 16};
        without_big_numbers(text, &small);
        root = json_loadb(small.len ? small.ptr : "", small.len, 0, why_out);
    }
    return root;
}
