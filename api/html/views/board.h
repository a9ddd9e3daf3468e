/* board: the data of the dashboard, and its parts. */
#pragma once
#include "api/html/view.h"
#include "schema/report/notices.h"
#include "schema/report/stats.h"
#include "schema/report/status.h"
#include "schema/report/trends.h"
#include "schema/report/workload.h"

#define BOARD_ROWS 10

struct board {
    struct stats stats;
    struct status status;
    struct workload_pace pace;
    struct workload_mirror mirror;
    struct task_view *running, *ended; /* ended: the last one first */
    size_t n_running, n_ended;
    struct recent *recent; /* newest first */
    size_t n_recent;
    struct stats_day *days; /* of the chosen span, oldest first */
    size_t n_days;
    int64_t span; /* days; 0: all */
    int64_t now_ms;
};

/* Problems that need a person, each with what to do. */
void board_notices(struct buf *out, const struct board *b);
/* Three first steps, if there are no records yet. */
void board_steps(struct buf *out, const struct request *rq, const struct board *b);
void board_tiles(struct buf *out, const struct request *rq, const struct board *b);
void board_progress(struct buf *out, const struct board *b);
void board_growth(struct buf *out, const struct request *rq, const struct board *b);
/* The last changes of edges, in words. */
void board_recent(struct buf *out, const struct request *rq, const struct board *b);
void board_quota(struct buf *out, const struct request *rq, const struct board *b);
void board_queue(struct buf *out, const struct request *rq, const struct board *b);
/* Running tasks, and the last finished ones. */
void board_tasks(struct buf *out, const struct request *rq, const struct board *b);
void board_mirror(struct buf *out, const struct board *b);
void board_schedule(struct buf *out, const struct board *b);

/* The quota over 24 hours, by credential and resource. */
MUST_CHECK bool board_quota_day(struct request *rq, struct buf *out, struct err *err);
/* Parts that are slow to read and change slowly: tops, facets, the quota's day; cached for a minute. */
MUST_CHECK bool board_slow(struct request *rq, struct buf *out, struct err *err);
