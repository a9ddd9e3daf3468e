#include "core/model/listed_names.h"
#include "core/model/field_types.h"
#include "core/model/names.h"

#define KEY_BYTES                                                                                            \
    40 /* more than the longest known key, with escapes that it does not need: such a key is odd, too */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static slice skip_space(slice text)
{
    while (text.len && is_space(text.ptr[0]))
        text = slice_from(text.ptr + 1, text.len - 1);
    return text;
}

static slice without_space_after(slice text)
{
    while (text.len && is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

static bool is_number(slice value)
{
    size_t n = 0;
    while (n < value.len && value.ptr[n] >= '0' && value.ptr[n] <= '9')
        n++;
    bool ends = n == value.len || is_space(value.ptr[n]) || (value.ptr[n] && strchr(",}]", value.ptr[n]));
    return n > 0 && n <= 18 && (value.ptr[0] != '0' || n == 1) && ends;
}

/* The text between the quotes. False: no text, or one with an escape in it. */
static bool text_of(slice value, slice *text_out)
{
    if (!slice_starts(value, SLICE("\"")))
        return false;
    value = slice_from(value.ptr + 1, value.len - 1);
    ptrdiff_t end = slice_find(value, '"');
    *text_out = slice_from(value.ptr, end < 0 ? value.len : (size_t)end);
    return end >= 0 && slice_find(*text_out, '\\') < 0;
}

static bool is_text(slice value, bool (*ok)(slice), bool may_be_empty)
{
    slice text;
    return text_of(value, &text) && ((may_be_empty && !text.len) || ok(text));
}

static bool fits(slice value, enum field_type type)
{
    if (type == FIELD_ANY || slice_starts(value, SLICE("null")))
        return true;
    switch (type) {
    case FIELD_ID:
        return is_number(value) && value.ptr[0] != '0';
    case FIELD_LOGIN:
        return is_text(value, login_plausible, true);
    case FIELD_FULL_NAME:
        return is_text(value, full_name_plausible, true);
    case FIELD_TIME:
        return is_text(value, field_time_ok, false);
    case FIELD_TEXT:
        return slice_starts(value, SLICE("\""));
    case FIELD_COUNT:
        return is_number(value);
    default:
        return slice_starts(value, SLICE("true")) || slice_starts(value, SLICE("false"));
    }
}

/* \u0020 to \u007f: characters that need no escape, or have a shorter one. */
static bool has_needless_escape(slice key)
{
    for (size_t i = 0; i + 5 < key.len; i++)
        if (memcmp(key.ptr + i, "\\u00", 4) == 0 && key.ptr[i + 4] >= '2' && key.ptr[i + 4] <= '7')
            return true;
    return false;
}

/* text: everything before the colon. False: it does not end with a key, as within a text. */
static bool key_of(slice text, slice *key_out)
{
    if (text.len < 2 || text.ptr[text.len - 1] != '"' || text.ptr[text.len - 2] == '\\')
        return false;
    text.len--;
    size_t n = 0;
    while (n < text.len && n < KEY_BYTES && text.ptr[text.len - n - 1] != '"')
        n++;
    *key_out = slice_from(text.ptr + text.len - n, n);
    return true;
}

static bool value_ok(slice before, slice after)
{
    slice key, value = skip_space(after);
    before = without_space_after(before);
    /* Most are addresses: no key that ends in "l" has another type than a text. */
    if (before.len > 2 && before.ptr[before.len - 2] == 'l' && slice_starts(value, SLICE("\"")))
        return true;
    return !key_of(before, &key) || (fits(value, field_type_of(key)) && !has_needless_escape(key));
}

/* Searches for colons, which are fewer than quotes; the text before one distinguishes a key from a value that looks like it. */
bool listed_names_ok(slice json)
{
    slice rest = json;
    ptrdiff_t colon;
    while ((colon = slice_find(rest, ':')) >= 0) {
        const char *at = rest.ptr + colon;
        rest = slice_from(at + 1, rest.len - (size_t)colon - 1);
        if (!value_ok(slice_from(json.ptr, (size_t)(at - json.ptr)), rest))
            return false;
    }
    return true;
}
