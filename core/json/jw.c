#include "core/json/jw.h"
#include "core/base/clock.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void jw_init(struct jw *w, struct buf *out, int indent)
{
    *w = (struct jw){.out = out, .indent = indent};
    w->first[0] = true;
}

static void line_break(struct jw *w)
{
    static const char spaces[] = "                                                                ";
    if (w->indent <= 0)
        return;
    buf_putc(w->out, '\n');
    for (size_t left = (size_t)w->indent * (size_t)w->depth; left;) {
        size_t n = left < sizeof spaces - 1 ? left : sizeof spaces - 1;
        buf_put(w->out, spaces, n);
        left -= n;
    }
}

/* The comma and the line break before a value or a key. */
static inline void separate(struct jw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (!w->first[w->depth])
        buf_putc(w->out, ',');
    w->first[w->depth] = false;
    if (w->depth)
        line_break(w);
}

static void open_level(struct jw *w, char bracket, bool is_array)
{
    separate(w);
    buf_putc(w->out, bracket);
    assert(w->depth < JW_MAX_DEPTH);
    w->depth++;
    w->first[w->depth] = true;
    w->is_array[w->depth] = is_array;
}

static void close_level(struct jw *w, char bracket, bool is_array)
{
    assert(w->depth > 0 && w->is_array[w->depth] == is_array && !w->after_key);
    bool empty = w->first[w->depth];
    w->depth--;
    if (!empty)
        line_break(w);
    buf_putc(w->out, bracket);
}

void jw_object(struct jw *w)
{
    open_level(w, '{', false);
}

void jw_end_object(struct jw *w)
{
    close_level(w, '}', false);
}

void jw_array(struct jw *w)
{
    open_level(w, '[', true);
}

void jw_end_array(struct jw *w)
{
    close_level(w, ']', true);
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Whether none of eight bytes needs an escape. May be false where none does, when the subtraction borrows from a neighbour. */
static inline bool are_plain(uint64_t bytes)
{
    uint64_t odd = bytes | (bytes - EACH(0x20)) | ((bytes ^ EACH('"')) - EACH(1)) |
                   ((bytes ^ EACH('\\')) - EACH(1)) | ((bytes ^ EACH(0x7fu)) - EACH(1));
    return (odd & EACH(0x80u)) == 0;
}

static inline uint64_t eight_bytes(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/* The same for a whole text. Its last eight or four bytes overlap the ones before. */
static inline bool is_plain(slice text)
{
    uint32_t first, last;
    size_t i = 0;
    if (text.len >= 8) {
        while (i + 8 < text.len && are_plain(eight_bytes(text.ptr + i)))
            i += 8;
        return i + 8 >= text.len && are_plain(eight_bytes(text.ptr + text.len - 8));
    }
    if (text.len >= 4) {
        memcpy(&first, text.ptr, sizeof first);
        memcpy(&last, text.ptr + text.len - 4, sizeof last);
        return are_plain(first | (uint64_t)last << 32);
    }
    uint64_t bytes = EACH('a');
    for (; i < text.len; i++)
        bytes = bytes << 8 | (unsigned char)text.ptr[i];
    return are_plain(bytes);
}

/* How many bytes from `from` on need no escape. */
static size_t plain_run(slice text, size_t from)
{
    size_t i = from;
    while (i + 8 <= text.len && are_plain(eight_bytes(text.ptr + i)))
        i += 8;
    while (i < text.len) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            break;
        i++;
    }
    return i - from;
}

static inline void put_plain(struct buf *out, slice text)
{
    if (!buf_reserve(out, text.len + 2))
        return;
    char *at = out->ptr + out->len;
    *at++ = '"';
    if (text.len)
        memcpy(at, text.ptr, text.len);
    at[text.len] = '"';
    out->len += text.len + 2;
}

static void quoted(struct buf *out, slice text)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t from = 0, i = 0;
    if (is_plain(text)) { /* nearly always */
        put_plain(out, text);
        return;
    }
    buf_putc(out, '"');
    while ((i += plain_run(text, i)) < text.len) {
        unsigned char c = s[i];
        size_t n = c >= 0x80 ? slice_utf8_sequence(slice_from(text.ptr + i, text.len - i)) : 0;
        if (n) {
            i += n;
            continue;
        }
        buf_put(out, s + from, i - from);
        if (c >= 0x80) {
            buf_puts(out, "\xEF\xBF\xBD");
        } else if (c == '"' || c == '\\') {
            buf_put(out, (char[]){'\\', (char)c}, 2);
        } else if (c == '\n' || c == '\r' || c == '\t') {
            buf_put(out, (char[]){'\\', c == '\n' ? 'n' : c == '\r' ? 'r' : 't'}, 2);
        } else {
            buf_put(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
        }
        from = ++i;
    }
    if (text.len > from)
        buf_put(out, s + from, text.len - from);
    buf_putc(out, '"');
}

void jw_key(struct jw *w, const char *key)
{
    assert(w->depth > 0 && !w->is_array[w->depth] && !w->after_key);
    separate(w);
    quoted(w->out, slice_of(key));
    if (w->indent > 0)
        buf_puts(w->out, ": ");
    else
        buf_putc(w->out, ':');
    w->after_key = true;
}

void jw_str(struct jw *w, slice text)
{
    separate(w);
    quoted(w->out, text);
}

void jw_cstr(struct jw *w, const char *text)
{
    if (text)
        jw_str(w, slice_of(text));
    else
        jw_null(w);
}

/* Written from the end of `space` backwards; the result points into it. */
static slice digits_of(int64_t value, char space[24])
{
    char *end = space + 24, *at = end;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0)
        *--at = '-';
    return slice_from(at, (size_t)(end - at));
}

void jw_i64(struct jw *w, int64_t value)
{
    char space[24];
    jw_raw(w, digits_of(value, space));
}

void jw_digits(struct jw *w, int64_t value)
{
    char space[24];
    slice digits = digits_of(value, space);
    separate(w);
    put_plain(w->out, digits);
}

void jw_f64(struct jw *w, double value)
{
    if (!isfinite(value)) {
        jw_null(w);
        return;
    }
    char text[32];
    int digits = 15; /* the fewest that mean the same number */
    do
        snprintf(text, sizeof text, "%.*g", digits, value);
    while (strtod(text, NULL) != value && ++digits <= 17);
    separate(w);
    buf_puts(w->out, text);
}

void jw_bool(struct jw *w, bool value)
{
    separate(w);
    buf_puts(w->out, value ? "true" : "false");
}

void jw_null(struct jw *w)
{
    separate(w);
    buf_puts(w->out, "null");
}

void jw_time(struct jw *w, int64_t at_ms)
{
    char iso[CLOCK_ISO_SIZE];
    jw_cstr(w, clock_iso(at_ms, iso));
}

void jw_raw(struct jw *w, slice json)
{
    separate(w);
    buf_put(w->out, json.ptr, json.len);
}

void jw_kobject(struct jw *w, const char *key)
{
    jw_key(w, key);
    jw_object(w);
}

void jw_karray(struct jw *w, const char *key)
{
    jw_key(w, key);
    jw_array(w);
}

void jw_kstr(struct jw *w, const char *key, slice text)
{
    jw_key(w, key);
    jw_str(w, text);
}

void jw_kcstr(struct jw *w, const char *key, const char *text)
{
    jw_key(w, key);
    jw_cstr(w, text);
}

void jw_ki64(struct jw *w, const char *key, int64_t value)
{
    jw_key(w, key);
    jw_i64(w, value);
}

void jw_kbool(struct jw *w, const char *key, bool value)
{
    jw_key(w, key);
    jw_bool(w, value);
}

void jw_kraw(struct jw *w, const char *key, slice json)
{
    jw_key(w, key);
    jw_raw(w, json);
}
