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

/* Comma and line break that stand before a value or a key. */
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

static void quoted(struct buf *out, slice text)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t from = 0, i = 0;
    buf_putc(out, '"');
    while (i < text.len) {
        unsigned char c = s[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c < 0x7f) {
            i++;
            continue;
        }
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

void jw_i64(struct jw *w, int64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)value);
    separate(w);
    buf_put(w->out, digits, (size_t)n);
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
