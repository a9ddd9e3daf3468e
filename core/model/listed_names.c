#include "core/model/listed_names.h"
#include "core/model/names.h"
#include <string.h>

static void skip_space(slice *rest)
{
    while (rest->len && strchr(" \t\r\n", rest->ptr[0]) && rest->ptr[0])
        *rest = slice_from(rest->ptr + 1, rest->len - 1);
}

static bool skip(slice *rest, slice text)
{
    if (!slice_starts(*rest, text))
        return false;
    *rest = slice_from(rest->ptr + text.len, rest->len - text.len);
    return true;
}

static bool is_id(slice value)
{
    size_t n = 0;
    while (n < value.len && value.ptr[n] >= '0' && value.ptr[n] <= '9')
        n++;
    bool ends = n == value.len || strchr(",}] \t\r\n", value.ptr[n]);
    return n > 0 && n <= 18 && value.ptr[0] != '0' && ends;
}

/* The text between the quotes. False: no text, or one with an escape in it. */
static bool text_of(slice value, slice *text_out)
{
    if (!skip(&value, SLICE("\"")))
        return false;
    ptrdiff_t end = slice_find(value, '"');
    *text_out = slice_from(value.ptr, end < 0 ? value.len : (size_t)end);
    return end >= 0 && slice_find(*text_out, '\\') < 0;
}

static bool is_name_or_none(slice value, bool (*ok)(slice))
{
    slice text;
    return slice_starts(value, SLICE("null")) || (text_of(value, &text) && (!text.len || ok(text)));
}

/* Texts that have a column of their own. */
static bool is_text_key(slice key)
{
    static const char *const keys[] = {
        "\"name\"",        "\"type\"",     "\"company\"",          "\"blog\"",           "\"location\"",
        "\"email\"",       "\"bio\"",      "\"twitter_username\"", "\"avatar_url\"",     "\"node_id\"",
        "\"description\"", "\"homepage\"", "\"language\"",         "\"default_branch\"", "\"visibility\""};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (slice_ends(key, slice_of(keys[i])))
            return true;
    return false;
}

static bool is_time_or_none(slice value)
{
    return slice_starts(value, SLICE("null")) ||
           (value.len > 1 && value.ptr[0] == '"' && value.ptr[1] >= '0' && value.ptr[1] <= '9');
}

/* key: everything up to and including the key's closing quote. */
static bool value_ok(slice key, slice value)
{
    char last = key.len > 1 ? key.ptr[key.len - 2] : '\0';
    if (last == 'd' && slice_ends(key, SLICE("\"id\"")))
        return slice_starts(value, SLICE("null")) || is_id(value);
    if (last == 'n' && slice_ends(key, SLICE("\"login\"")))
        return is_name_or_none(value, login_plausible);
    if (last == 'e' && slice_ends(key, SLICE("\"full_name\"")))
        return is_name_or_none(value, full_name_plausible);
    if (last == 't' && slice_ends(key, SLICE("_at\"")))
        return is_time_or_none(value);
    bool nested = value.len && (value.ptr[0] == '{' || value.ptr[0] == '[');
    return !nested || !is_text_key(key);
}

static slice without_space_behind(slice text)
{
    while (text.len && strchr(" \t\r\n", text.ptr[text.len - 1]) && text.ptr[text.len - 1])
        text.len--;
    return text;
}

/* Searches for colons, which are fewer than quotes; the text before one distinguishes a key from a value that looks like it. */
bool listed_names_ok(slice json)
{
    slice rest = json;
    ptrdiff_t colon;
    while ((colon = slice_find(rest, ':')) >= 0) {
        const char *at = rest.ptr + colon;
        slice key = without_space_behind(slice_from(json.ptr, (size_t)(at - json.ptr)));
        rest = slice_from(at + 1, rest.len - (size_t)colon - 1);
        slice value = rest;
        skip_space(&value);
        if (slice_ends(key, SLICE("\"")) && !value_ok(key, value))
            return false;
    }
    return true;
}
