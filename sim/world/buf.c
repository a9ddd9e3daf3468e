/* buf.c: the byte buffer behind every rendered body. */
#include "sim/world/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void *xalloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        abort();
    return p;
}

void *xrealloc(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);
    if (!q)
        abort();
    return q;
}

char *xstrdup(const char *s)
{
    char *p = strdup(s);
    if (!p)
        abort();
    return p;
}

void buf_reserve(struct buf *b, size_t more)
{
    size_t need = b->len + more + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 256;
    while (cap < need)
        cap *= 2;
    b->data = xrealloc(b->data, cap);
    b->cap = cap;
}

void buf_finish(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_add(struct buf *b, const char *data, size_t len)
{
    buf_reserve(b, len);
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_i64(struct buf *b, int64_t v)
{
    char digits[24];
    char *end = digits + sizeof digits, *p = end;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        *--p = '-';
    buf_add(b, p, (size_t)(end - p));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n > 0) {
        buf_reserve(b, (size_t)n);
        vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

static void add_escape(struct buf *b, unsigned char c)
{
    switch (c) {
    case '"':
        BUF_LIT(b, "\\\"");
        return;
    case '\\':
        BUF_LIT(b, "\\\\");
        return;
    case '\n':
        BUF_LIT(b, "\\n");
        return;
    case '\r':
        BUF_LIT(b, "\\r");
        return;
    case '\t':
        BUF_LIT(b, "\\t");
        return;
    default:
        buf_printf(b, "\\u%04x", c);
    }
}

void buf_json(struct buf *b, const char *s)
{
    if (!s) {
        BUF_LIT(b, "null");
        return;
    }
    BUF_LIT(b, "\"");
    const char *run = s;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(b, run, (size_t)(s - run));
        add_escape(b, c);
        run = s + 1;
    }
    buf_add(b, run, (size_t)(s - run));
    BUF_LIT(b, "\"");
}

static void add_two(char *p, int v)
{
    p[0] = (char)('0' + v / 10 % 10);
    p[1] = (char)('0' + v % 10);
}

void buf_time(struct buf *b, int64_t at_s)
{
    if (at_s == 0) {
        BUF_LIT(b, "null");
        return;
    }
    time_t t = (time_t)at_s;
    struct tm tm;
    gmtime_r(&t, &tm);
    char text[] = "\"0000-00-00T00:00:00Z\"";
    int year = tm.tm_year + 1900;
    add_two(text + 1, year / 100);
    add_two(text + 3, year);
    add_two(text + 6, tm.tm_mon + 1);
    add_two(text + 9, tm.tm_mday);
    add_two(text + 12, tm.tm_hour);
    add_two(text + 15, tm.tm_min);
    add_two(text + 18, tm.tm_sec);
    buf_add(b, text, sizeof text - 1);
}
