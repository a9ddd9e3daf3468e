#include "core/base/arena.h"
#include "core/base/memory.h"
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES 16384u
#define KEEP_BYTES  (256u * 1024u) /* a reset keeps this much for the next page */

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *blocks;
    size_t used;
};

struct arena *arena_create(void)
{
    return xcalloc(1, sizeof(struct arena));
}

static void free_blocks(struct block *b)
{
    while (b) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_destroy(struct arena *a)
{
    if (!a)
        return;
    free_blocks(a->blocks);
    free(a);
}

void arena_reset(struct arena *a)
{
    struct block *keep = a->blocks;
#ifndef ARENA_DEBUG
    if (keep && keep->size <= KEEP_BYTES) {
        free_blocks(keep->next);
        keep->next = NULL;
        keep->used = 0;
        a->used = 0;
        return;
    }
#endif
    free_blocks(keep);
    a->blocks = NULL;
    a->used = 0;
}

static struct block *add_block(struct arena *a, size_t need)
{
#ifdef ARENA_DEBUG
    size_t size = need;
#else
    size_t size = need > BLOCK_BYTES / 2 ? need : BLOCK_BYTES;
#endif
    struct block *b = xmalloc(sizeof(struct block) + size);
    b->size = size;
    b->used = 0;
    b->next = a->blocks;
    a->blocks = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
#ifdef ARENA_DEBUG
    size_t need = bytes ? bytes : 1;
    struct block *b = add_block(a, need);
#else
    size_t align = _Alignof(max_align_t);
    if (bytes > SIZE_MAX / 2)
        abort();
    size_t need = (bytes + align - 1) / align * align;
    struct block *b = a->blocks;
    if (!b || b->size - b->used < need)
        b = add_block(a, need);
#endif
    void *at = b->bytes + b->used;
    b->used += need;
    a->used += need;
    memset(at, 0, need);
    return at;
}

void *arena_array(struct arena *a, size_t count, size_t item_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, item_bytes, &bytes))
        abort();
    return arena_alloc(a, bytes);
}

char *arena_dup(struct arena *a, slice text)
{
    char *copy = arena_alloc(a, text.len + 1);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

slice arena_copy(struct arena *a, slice text)
{
    return text.ptr ? slice_from(arena_dup(a, text), text.len) : text;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return text ? arena_dup(a, slice_of(text)) : NULL;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    char small[256], *text; /* mostly enough, so it is formatted once */
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n < 0)
        abort();
    if ((size_t)n < sizeof small) {
        text = arena_dup(a, slice_from(small, (size_t)n));
    } else {
        text = arena_alloc(a, (size_t)n + 1);
        vsnprintf(text, (size_t)n + 1, format, again);
    }
    va_end(again);
    return text;
}

size_t arena_used_bytes(const struct arena *a)
{
    return a->used;
}
