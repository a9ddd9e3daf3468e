#include "core/base/buf.h"
#include "core/base/memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_MAX (64u * 1024u * 1024u)

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max = max_bytes};
}

void buf_finish(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->overflow = false;
}

bool buf_grow(struct buf *b, size_t bytes)
{
    size_t max = b->max ? b->max : DEFAULT_MAX;
    if (b->overflow || bytes > max || b->len > max - bytes) {
        b->overflow = true;
        return false;
    }
    if (b->cap - b->len >= bytes)
        return true;
    size_t cap = b->cap ? b->cap : 1024;
    while (cap - b->len < bytes)
        cap *= 2;
    if (cap > max)
        cap = max;
    char *grown = xrealloc(b->ptr, cap);
    b->ptr = grown;
    b->cap = cap;
    return true;
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = b->overflow ? 0 : b->cap - b->len; /* mostly enough, so it is formatted once */
    int n = vsnprintf(room ? b->ptr + b->len : NULL, room, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < room) {
        b->len += (size_t)n;
    } else if (n >= 0 && buf_reserve(b, (size_t)n + 1)) {
        vsnprintf(b->ptr + b->len, (size_t)n + 1, format, again);
        b->len += (size_t)n;
    }
    va_end(again);
}
