/* buf: a growing byte buffer with a bound. Zero-initialise or buf_init; buf_finish frees.
 * Passing the bound sets `overflow` and drops what does not fit: check it once at the end. */
#pragma once
#include "core/base/attr.h"
#include "core/base/slice.h"

struct buf {
    char *ptr;
    size_t len, cap; /* cap stays within the bound */
    size_t max;      /* 0: 64 MiB */
    bool overflow;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_finish(struct buf *b);
/* Finished at the end of its scope. */
#define AUTO_BUF CLEANUP(buf_finish) struct buf
void buf_reset(struct buf *b); /* empties, keeps the memory */
/* buf_reserve() where there is not room enough already. */
bool buf_grow(struct buf *b, size_t bytes);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Room for `bytes` more; false (and overflow set) if the bound is passed. */
static inline bool buf_reserve(struct buf *b, size_t bytes)
{
    return (!b->overflow && b->cap - b->len >= bytes) || buf_grow(b, bytes);
}

static inline void buf_put(struct buf *b, const void *bytes, size_t len)
{
    if (!len || !buf_reserve(b, len))
        return;
    memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
}

static inline void buf_puts(struct buf *b, const char *text)
{
    buf_put(b, text, strlen(text));
}

static inline void buf_putc(struct buf *b, char c)
{
    if (buf_reserve(b, 1))
        b->ptr[b->len++] = c;
}

static inline slice buf_slice(const struct buf *b)
{
    return slice_from(b->ptr, b->len);
}
