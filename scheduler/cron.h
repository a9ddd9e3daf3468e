/* cron: five-field cron expressions in UTC. Pure: a text and a time in, a time out.
 *
 * minute hour day-of-month month day-of-week; each field is a comma list of `*`, a number, a range `a-b`, with an
 * optional step `/n` (`5/10` is 5-max/10); months and weekdays also by their English three-letter names, any case;
 * weekday 7 is Sunday too.
 * When both day fields are restricted, a day that fits either fires (as in Vixie cron; POSIX crontab).
 * Also @yearly @annually @monthly @weekly @daily @midnight @hourly. */
#pragma once
#include "core/base/err.h"
#include "core/base/slice.h"

struct cron_spec {
    uint64_t minutes;          /* bit n: minute n */
    uint32_t hours;            /* bit n: hour n */
    uint32_t days;             /* bit n: day of month n, 1..31 */
    uint16_t months;           /* bit n: month n, 1..12 */
    uint8_t weekdays;          /* bit n: 0 = Sunday .. 6 = Saturday */
    bool any_day, any_weekday; /* the field began with '*' */
};

/* ERR_CONFIG names the field, the piece that is wrong and what was expected. */
MUST_CHECK bool cron_parse(slice text, struct cron_spec *spec_out, struct err *err);
/* The first whole minute strictly after `after_ms` that fits; false when none comes within 8 years (30 February). */
bool cron_next(const struct cron_spec *spec, int64_t after_ms, int64_t *next_ms_out);
