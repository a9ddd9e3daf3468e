/* seldom: which of many like lines of a log is a warning: the first one, and then one a minute, with the number of those in between,
 * which are lines of level debug. Thread-safe. */
#pragma once
#include "core/log/log.h"
#include <pthread.h>

#define SELDOM_MS 60000
#define SELDOM_KEPT                                                                                          \
    64 /* kinds at once; beyond that the oldest is forgotten, and its next line is a warning */

struct seldom {
    pthread_mutex_t lock;
    struct {
        uint64_t kind; /* a hash; 0: none */
        int64_t next_ms, n_between;
    } kept[SELDOM_KEPT];
    size_t next;
};
#define SELDOM_INIT                                                                                          \
    {                                                                                                        \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                                    \
    }

/* LOG_WARN or LOG_DEBUG. The kind is what both texts say; now_ms: monotonic. *n_between_out: how many were LOG_DEBUG since the last
 * warning of this kind. */
enum log_level seldom_level(struct seldom *s, const char *what, const char *why, int64_t now_ms,
                            int64_t *n_between_out);
