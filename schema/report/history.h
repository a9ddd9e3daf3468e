/* history: daily values of a developer or repository (UTC), for charts and tables. The only caller of history.sql.
 *
 * Counts are GitHub's, on the days on which a detail or a list had a new one (developer_counts, repository_counts); other
 * days have none. The count of a week or month is its last one; stars and ended edges are sums. Stars come from GitHub's
 * star history if it was read: the stars given up to a day that still exist. Ended edges count on the day on which they were
 * found missing. */
#pragma once
#include "core/base/day.h"
#include "core/uuid/uuid.h"
#include "schema/browse/browse.h"

#define HISTORY_MAX_FIELDS 6
#define HISTORY_MAX_POINTS 15000 /* days of 41 years */
#define HISTORY_OPEN       INT64_MIN

struct history_field {
    const char *name, *words; /* words: its name in texts */
    bool flow;                /* a number of events on that day; else a count at its end */
    const char *about;
};
/* In the order in which they are written: history_field number N is value N of a point. */
const struct history_field *history_fields(enum record_kind kind, size_t *n_out);

/* For a drawing of a flow by day of n days without a chosen interval: bars as narrow as pixels are unreadable. Pure. */
enum day_interval history_interval_of_bars(size_t n_days);

struct history_query {
    enum record_kind kind;
    int64_t github_id;
    int64_t from, to; /* days; from HISTORY_OPEN: the first known day; to HISTORY_OPEN: today */
    enum day_interval interval;
};

struct history_point {
    int64_t day; /* the first day of a week or month, even if before `from` */
    struct maybe values[HISTORY_MAX_FIELDS];
};

struct history {
    bool found;      /* there is such a record */
    slice name;      /* login or full name */
    bool is_private; /* only some people see the repository at GitHub */
    struct maybe created_at;
    int64_t from, to;
    int64_t
        first_known; /* the first day, also before `from`, on which the first field has a value; HISTORY_OPEN: none */
    const char *sources[HISTORY_MAX_FIELDS]; /* NULL: the field has no value in these days */
    struct history_point *points;            /* one per day, week or month of from … to */
    size_t n;
    bool too_long; /* more than HISTORY_MAX_POINTS: none are returned */
};
MUST_CHECK bool history_read(struct db *db, struct arena *a, const struct history_query *query,
                             struct history *out, struct err *err);

/* The pure part: aggregates `days`, in order, into points. Stars of a complete star history are summed. */
struct history_day {
    int64_t day;
    struct maybe values[HISTORY_MAX_FIELDS];
};
void history_gather(struct arena *a, const struct history_query *query, const struct history_day *days,
                    size_t n_days, bool history_complete, int64_t today, struct history *out);
