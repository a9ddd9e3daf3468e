/* arena: memory for one page of work or one request, freed all at once.
 * Not thread-safe: one owner. Out of memory aborts (what a peer sizes is capped before it gets here). In the
 * sanitizer build (ARENA_DEBUG) each allocation is a malloc of its own, so overruns and use after reset show. */
#pragma once
#include "core/base/attr.h"
#include "core/base/slice.h"
#include <stdarg.h>

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *a); /* NULL is fine */
void arena_reset(struct arena *a);

void *arena_alloc(struct arena *a, size_t bytes);                    /* zeroed, aligned for any type */
void *arena_array(struct arena *a, size_t count, size_t item_bytes); /* aborts on overflow */
char *arena_dup(struct arena *a, slice text);                        /* with a NUL added */
slice arena_copy(struct arena *a, slice text);         /* with a NUL added; ptr NULL stays NULL */
char *arena_strdup(struct arena *a, const char *text); /* NULL stays NULL */
char *arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
size_t arena_used_bytes(const struct arena *a);

static inline void arena_cleanup(struct arena **a)
{
    arena_destroy(*a);
}
/* Destroyed at the end of its scope. */
#define AUTO_ARENA CLEANUP(arena_cleanup) struct arena *
