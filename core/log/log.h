/* log: one line an event, as text or JSON, on stderr or where log_target_open (core/log/target.h) says.
 *
 * A line is an event name ("job.retry") and fields. Levels: error = an operator must act, warn = an operator may want to
 * know, info = normal events, debug = steps. Thread-safe; a line is one write. Values registered with log_hide never appear: they are replaced at
 * this edge, whatever put them into a field. */
#pragma once
#include "core/base/slice.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
    const char *key; /* NULL ends a list */
    enum { LOG_FIELD_STR, LOG_FIELD_I64 } type;
    slice str;
    int64_t i64;
};

#define L_STR(k, v)                                                                                          \
    {                                                                                                        \
        .key = (k), .type = LOG_FIELD_STR, .str = slice_of(v)                                                \
    }
#define L_SLICE(k, v)                                                                                        \
    {                                                                                                        \
        .key = (k), .type = LOG_FIELD_STR, .str = (v)                                                        \
    }
#define L_I64(k, v)                                                                                          \
    {                                                                                                        \
        .key = (k), .type = LOG_FIELD_I64, .i64 = (int64_t)(v)                                               \
    }

void log_set_level(enum log_level level);
void log_setup(const char *process, enum log_level level, enum log_format format);
bool log_enabled(enum log_level level);
void log_write(enum log_level level, const char *event, const struct log_field *fields);
/* Never print this value from here on, any thread (8 characters or more; shorter ones are refused: they would blank out words). */
void log_hide(const char *secret);

#define LOG_AT(level, event, ...)                                                                            \
    do {                                                                                                     \
        if (log_enabled(level))                                                                              \
            log_write(level, event, (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}});    \
    } while (0)
#define log_error(event, ...) LOG_AT(LOG_ERROR, event __VA_OPT__(, ) __VA_ARGS__)
#define log_warn(event, ...)  LOG_AT(LOG_WARN, event __VA_OPT__(, ) __VA_ARGS__)
#define log_info(event, ...)  LOG_AT(LOG_INFO, event __VA_OPT__(, ) __VA_ARGS__)
#define log_debug(event, ...) LOG_AT(LOG_DEBUG, event __VA_OPT__(, ) __VA_ARGS__)
