/* cursor: the text of ?cursor=: a position in an order, and the direction to continue in. Opaque to clients, short-lived by
 * nature, not signed: a forged one only leads to a position that other parameters reach as well. Pure. */
#pragma once
#include "core/base/arena.h"
#include "schema/browse/query.h"

enum cursor_way {
    CURSOR_BEGIN, /* from the beginning; no keys */
    CURSOR_AFTER,
    CURSOR_BEFORE, /* towards the beginning */
    CURSOR_END,    /* towards the beginning, from the end; no keys */
};
struct cursor {
    enum cursor_way way;
    struct browse_value keys[BROWSE_MAX_KEYS];
};

/* fingerprint: a hash64 of everything that defines the list: its address, filters, search and order. types: of the keys. */
char *list_cursor_write(struct arena *a, uint64_t fingerprint, const struct cursor *cursor,
                        const enum browse_type *types, size_t n_types);
/* "" is the beginning. False with a sentence in *why_out. Texts are in the arena. */
MUST_CHECK bool list_cursor_read(struct arena *a, slice text, uint64_t fingerprint,
                                 const enum browse_type *types, size_t n_types, struct cursor *out,
                                 const char **why_out);
