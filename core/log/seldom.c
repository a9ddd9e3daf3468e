#include "core/log/seldom.h"
#include "core/base/hash.h"

enum log_level seldom_level(struct seldom *s, const char *what, const char *why, int64_t now_ms,
                            int64_t *n_between_out)
{
    uint64_t kind = hash64(hash64(0, slice_of(what)), slice_of(why)) | 1;
    enum log_level level = LOG_WARN;
    size_t at = 0;
    *n_between_out = 0;
    pthread_mutex_lock(&s->lock);
    while (at < SELDOM_KEPT && s->kept[at].kind != kind)
        at++;
    if (at == SELDOM_KEPT) {
        at = s->next;
        s->next = (s->next + 1) % SELDOM_KEPT;
        s->kept[at].kind = kind;
    } else if (now_ms < s->kept[at].next_ms) {
        level = LOG_DEBUG;
    } else {
        *n_between_out = s->kept[at].n_between;
    }
    if (level == LOG_WARN) {
        s->kept[at].next_ms = now_ms + SELDOM_MS;
        s->kept[at].n_between = 0;
    } else {
        s->kept[at].n_between++;
    }
    pthread_mutex_unlock(&s->lock);
    return level;
}
