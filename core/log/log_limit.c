#include "core/log/log_limit.h"
#include "core/base/hash.h"
#include <string.h>

/* Without the numbers. */
static uint64_t hash_words(uint64_t hash, const char *text)
{
    static const char digits[] = "0123456789";
    hash = hash64(hash, slice_from(text, strcspn(text, digits)));
    while (*(text += strcspn(text, digits))) {
        text += strspn(text, digits);
        hash = hash64(hash, slice_from(text, strcspn(text, digits)));
    }
    return hash;
}

bool log_limit_passes(struct log_limit *limit, const char *what, const char *why, int64_t now_ms,
                      int64_t *n_held_out)
{
    uint64_t kind = hash_words(hash_words(0, what), why) | 1;
    bool passes = true;
    size_t at = 0;
    *n_held_out = 0;
    pthread_mutex_lock(&limit->lock);
    while (at < LOG_LIMIT_KINDS && limit->kinds[at].kind != kind)
        at++;
    if (at == LOG_LIMIT_KINDS) {
        at = limit->next;
        limit->next = (limit->next + 1) % LOG_LIMIT_KINDS;
        limit->kinds[at].kind = kind;
    } else if (now_ms < limit->kinds[at].next_ms) {
        passes = false;
    } else {
        *n_held_out = limit->kinds[at].n_held;
    }
    if (passes) {
        limit->kinds[at].next_ms = now_ms + LOG_LIMIT_MS;
        limit->kinds[at].n_held = 0;
    } else {
        limit->kinds[at].n_held++;
    }
    pthread_mutex_unlock(&limit->lock);
    return passes;
}
