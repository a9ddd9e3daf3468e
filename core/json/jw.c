#include "core/json/jw.h"
#include "core/base/clock.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>

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
static void separate(struct jw *w)
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

/* Whether a byte is below n, which is at most 128, or has its highest bit set. */
static inline uint64_t below(uint64_t bytes, unsigned n)
{
    return (bytes - EACH(n)) & EACH(0x80u);
}

/* Whether none of eight bytes needs an escape. May be false where none does, when the subtraction borrows from a neighbour. */
static bool are_plain(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    uint64_t odd = (bytes & EACH(0x80u)) | below(bytes, 0x20) | below(bytes ^ EACH('"'), 1) |
                   below(bytes ^ EACH('\\'), 1) | below(bytes ^ EACH(0x7fu), 1);
    return odd == 0;
}

/* How many bytes from `from` on need no escape. */
static size_t plain_run(slice text, size_t from)
{
    size_t i = from;
    while (i + 8 <= text.len && are_plain(text.ptr + i))
        i += 8;
    while (i < text.len) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            break;
        i++;
    }
    return i - from;
}

static void put_plain(struct buf *out, slice text)
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
    size_t from = 0, i = plain_run(text, 0);
    if (i == text.len) { /* nearly always */
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
    separate(w);
    buf_printf(w->out, "%.17g", value);
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
