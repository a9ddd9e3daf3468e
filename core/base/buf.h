/* buf: a growing byte buffer with a bound. Zero-initialise or buf_init; buf_finish frees.
 * Passing the bound sets `overflow` and drops what does not fit: check it once at the end. */
#pragma once
#include "core/base/attr.h"
#include "core/base/slice.h"

struct buf {
    char *ptr;
    size_t len, cap;
    size_t max; /* 0: 64 MiB */
    bool overflow;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_finish(struct buf *b);
void buf_reset(struct buf *b); /* empties, keeps the memory */
/* Room for `bytes` more; false (and overflow set) if the bound is passed. */
bool buf_reserve(struct buf *b, size_t bytes);
void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
slice buf_slice(const struct buf *b);
