/* buf: a growing byte buffer with the few writers that JSON rendering needs.
 *
 * Zero-initialised is empty and valid. Running out of memory aborts: the simulator is a test tool
 * and every size it writes is bounded by its own data. Not thread-safe; one owner at a time. */
#ifndef GITOMATIC_SIM_BUF_H
#define GITOMATIC_SIM_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data; /* NUL-terminated whenever non-NULL */
    size_t len, cap;
};

/* malloc and realloc that never return NULL. */
void *xalloc(size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);

void buf_reserve(struct buf *b, size_t more);
void buf_finish(struct buf *b);
void buf_add(struct buf *b, const char *data, size_t len);
void buf_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

/* A JSON string with its quotes, or null for NULL. */
void buf_json(struct buf *b, const char *s);

static inline void buf_bool(struct buf *b, bool v)
{
    buf_str(b, v ? "true" : "false");
}

/* An ISO 8601 timestamp in quotes, or null when at_s is 0. */
void buf_time(struct buf *b, int64_t at_s);

/* "key": with the quotes and the colon, for literal keys that need no escaping. */
#define BUF_LIT(b, s) buf_add((b), (s), sizeof(s) - 1)

#endif
