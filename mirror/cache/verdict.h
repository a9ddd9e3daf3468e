/* verdict: whether the body of a successful answer matches its fields, and is of the same kind as the stored one. Decided
 * once, before a body is stored. Pure. */
#pragma once
#include "mirror/cache/page.h"

enum verdict {
    BODY_SOUND,
    BODY_BROKEN, /* cut off, followed by other bytes, of another type or kind than before: passed on, never stored */
    BODY_TOO_LONG, /* more than MAX_PLAIN_BYTES decoded: not examined; passed on, never stored */
    BODY_WEB_PAGE, /* unexpected HTML: a portal, a proxy, a login */
};

/* plain: the decoded body, complete if `whole`; else broken. before: the stored page; NULL: none. accept: of the request; NULL: none.
 * *n_items_out: the elements of a JSON array, else -1. */
enum verdict verdict_of(const struct page *answer, slice plain, bool whole, const struct page *before,
                        const char *accept, int64_t *n_items_out);
