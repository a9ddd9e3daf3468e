/* stats: numbers of records and their growth, from maintained sums (schema/graph/changes.h), so that the cost is the same
 * with a thousand and ten million rows. Exact, except the counts of jobs, which are capped at STATS_MAX_JOBS. The only
 * caller of
 * stats.sql. */
#pragma once
#include "schema/report/status.h"

#define STATS_DAYS     30
#define STATS_MAX_JOBS 10000

struct stats_day {
    int64_t day_ms; /* its beginning, UTC */
    int64_t developers, developers_synced, developers_gone;
    int64_t repositories, repositories_synced, repositories_gone;
    int64_t follows, follows_closed, stars, stars_closed;
};

struct stats {
    struct status_counts counts;
    struct stats_day days[STATS_DAYS]; /* today first */
    size_t n_days;
    int64_t jobs[JOB_N_STATES]; /* STATS_MAX_JOBS + 1: more than that */
    int64_t as_of_ms;
    int64_t last_change_ms; /* 0: never */
    int64_t last_discovery_ms;
    struct status_quota *quotas;
    size_t n_quotas;
};

/* The last days, today first; out has room for them. */
MUST_CHECK bool stats_growth(struct db *db, int64_t days, struct stats_day *out, size_t *n_out,
                             struct err *err);
MUST_CHECK bool stats_read(struct db *db, struct arena *a, struct stats *out, struct err *err);
