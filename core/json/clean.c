#include "core/json/clean.h"

static const char replacement[] = "\\ufffd";

static int hex4(const char *p)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Looks at the escape that starts at json[at] (a backslash). Returns its length in bytes; *bad_out when it names a
 * character PostgreSQL refuses. A surrogate pair is one escape of 12 bytes. */
static size_t escape_at(slice json, size_t at, bool *bad_out)
{
    *bad_out = false;
    size_t left = json.len - at;
    if (left < 2)
        return left;
    unsigned char next = (unsigned char)json.ptr[at + 1];
    if (next >= 0x80 || next == 0)
        return 1; /* the character after the backslash is checked next */
    if (json.ptr[at + 1] != 'u' || left < 6)
        return 2;
    int unit = hex4(json.ptr + at + 2);
    if (unit < 0)
        return 2;
    if (unit == 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) {
        *bad_out = true;
        return 6;
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        int low =
            left >= 12 && json.ptr[at + 6] == '\\' && json.ptr[at + 7] == 'u' ? hex4(json.ptr + at + 8) : -1;
        if (low >= 0xDC00 && low <= 0xDFFF)
            return 12;
        *bad_out = true;
    }
    return 6;
}

bool json_clean(slice json, struct buf *out)
{
    size_t from = 0, i = 0;
    bool dirty = false, in_text = false;
    while (i < json.len) {
        unsigned char c = (unsigned char)json.ptr[i];
        bool bad = false;
        size_t n = 1;
        if (c == '\\')
            n = escape_at(json, i, &bad);
        else if (c >= 0x80)
            n = slice_utf8_sequence(slice_from(json.ptr + i, json.len - i));
        in_text ^= c == '"';
        bad |= c < 0x20 && (in_text || !json_is_space((char)c));
        if (bad || n == 0) {
            n = n ? n : 1;
            dirty = true;
            buf_put(out, json.ptr + from, i - from);
            buf_puts(out, replacement);
            from = i + n;
        }
        i += n;
    }
    if (!dirty)
        return true;
    buf_put(out, json.ptr + from, json.len - from);
    return false;
}
