/* trends: data of the dashboard: growth, rising repositories, the last changes, the most followed developers. The only caller of
 * trends.sql. Texts and arrays are in the arena. */
#pragma once
#include "core/base/buf.h"
#include "core/base/day.h"
#include "schema/report/stats.h"

/* Growth by day (UTC), oldest first; days 0: since the first stored record. At most TRENDS_MAX_DAYS. */
#define TRENDS_MAX_DAYS 4000
MUST_CHECK bool trends_growth(struct db *db, struct arena *a, int64_t days, struct stats_day **rows_out,
                              size_t *n_out, struct err *err);

/* Stars gained in the last 7 or 30 days: from GitHub's star history if it was read, else from the counts seen. The scheduler
 * stores them: as_of_ms is the time; no rows before the first time. */
#define RISING_KEPT 100
struct rising {
    int64_t github_id, gained, stargazers_count; /* -1: not known */
    slice full_name, language, description;      /* ptr NULL: null */
    int64_t as_of_ms;
};
MUST_CHECK bool trends_rising(struct db *db, struct arena *a, int days, int64_t n, struct rising **rows_out,
                              size_t *n_out, struct err *err);
MUST_CHECK bool trends_keep_rising(struct db *db, int days, struct err *err);

/* The last changes of follows and stars, newest first: the newest one of each row of the log, with the number of others in
 * the row. */
struct recent {
    int64_t at_ms;
    slice type;      /* "follow.new", "follow.closed", "star.new", "star.changed", "star.closed" */
    int64_t who_id;  /* a developer's GitHub id */
    slice who;       /* login; ptr NULL: forgotten since */
    bool repository; /* the kind of `whom` */
    int64_t whom_id;
    slice whom;                  /* login or full name */
    int64_t after_ms, before_ms; /* of an ended edge: it ended between these; 0: not known */
    int64_t others;              /* more of this kind at the same time */
};
MUST_CHECK bool trends_recent(struct db *db, struct arena *a, int64_t n, struct recent **rows_out,
                              size_t *n_out, struct err *err);

/* Most followed developers, most starred repositories, by GitHub's count, and the number of these edges known here, counted up to
 * here_cap; 0: not counted, which reads no edges. */
enum top_kind { TOP_FOLLOWED, TOP_STARRED };
#define TOP_MAX 100
struct top {
    int64_t github_id;
    slice name; /* login or full name */
    int64_t at_github;
    int64_t here; /* at most here_cap */
};
#define TOP_HERE_CAP 10000
MUST_CHECK bool trends_top(struct db *db, struct arena *a, enum top_kind kind, int64_t n, int64_t here_cap,
                           struct top **rows_out, size_t *n_out, struct err *err);
