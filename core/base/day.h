/* day: days of the calendar (UTC) as whole numbers since 1970-01-01, and the weeks and months they lie in. Pure. */
#pragma once
#include "core/base/slice.h"
#include <stdint.h>

#define DAY_MS        INT64_C(86400000)
#define DAY_TEXT_SIZE sizeof "YYYY-MM-DD"

enum day_interval { DAY_BY_DAY, DAY_BY_WEEK, DAY_BY_MONTH, DAY_N_INTERVALS };

/* "day", "week", "month". */
const char *day_interval_name(enum day_interval interval);
bool day_interval_parse(slice text, enum day_interval *out);

/* The day of a moment in Unix ms. */
int64_t day_of_ms(int64_t at_ms);
/* "2026-11-29"; years 1 to 9999. Returns out. */
char *day_text(int64_t day, char out[DAY_TEXT_SIZE]);
/* The first day of the interval this one lies in: itself, its Monday (ISO 8601), or the first of its month. */
int64_t day_begin(int64_t day, enum day_interval interval);
/* The first day of the interval after the one that begins there. */
int64_t day_next(int64_t begin, enum day_interval interval);
