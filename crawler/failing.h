/* failing: whether failures in a row concern GitHub, or only their targets: one list may fail forever while all other
 * requests are answered. Pure; the caller locks. */
#pragma once
#include "core/base/slice.h"

#define FAILING_URLS 3 /* failing in a row: the target is not the cause */

struct failing {
    int64_t since_ms; /* Unix ms of the first failure in a row; 0: the last request was answered */
    bool answers;     /* GitHub answered before */
    bool unreached;   /* the last request could not be sent at all */
    int n_urls;
    uint64_t urls[FAILING_URLS]; /* hashes of different ones */
};

void failing_over(struct failing *f);
/* unreached: there was no connection on which to send the request. */
void failing_note(struct failing *f, slice url, bool unreached, int64_t now_ms);
bool failing_in_general(const struct failing *f);
