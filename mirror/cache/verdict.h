/* verdict: whether the body of a sound answer is what its fields say, and of the kind that was there before. Decided once, before
 * a body is kept. Pure. */
#pragma once
#include "mirror/cache/page.h"

enum verdict {
    BODY_SOUND,
    BODY_BROKEN, /* cut off, followed by something, of another type or kind than before: passed on, never kept */
    BODY_WEB_PAGE, /* HTML that nobody asked for: a portal, a proxy, a login */
};

/* plain: the body decoded, the whole of it if whole. before: the page that is stored; NULL: none. accept: as it was asked for;
 * NULL: not said. *n_items_out: the elements of a JSON array, else -1. */
enum verdict verdict_of(const struct page *answer, slice plain, bool whole, const struct page *before,
                        const char *accept, int64_t *n_items_out);
