/* log_limit: a limit for log lines that can repeat quickly: of each kind one line a minute passes, with the number of those that did not.
 * The caller writes those with level debug, or not at all. Thread-safe. */
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define LOG_LIMIT_MS 60000
#define LOG_LIMIT_KINDS                                                                                      \
    64 /* remembered at once; beyond that the oldest is forgotten, and its next line passes */

struct log_limit {
    pthread_mutex_t lock;
    struct {
        uint64_t kind; /* a hash; 0: none */
        int64_t next_ms, n_held;
    } kinds[LOG_LIMIT_KINDS];
    size_t next;
};
#define LOG_LIMIT_INIT                                                                                       \
    {                                                                                                        \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                                    \
    }

/* Whether this line passes the limit. Its kind is what both texts say, whatever numbers are in them: PostgreSQL names blocks and sizes.
 * now_ms: monotonic. *n_held_out: how many of this kind did not pass since the last one that did. */
bool log_limit_passes(struct log_limit *limit, const char *what, const char *why, int64_t now_ms,
                      int64_t *n_held_out);
