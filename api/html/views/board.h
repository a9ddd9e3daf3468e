/* board: what the dashboard shows, read, and its parts. */
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
    int64_t span; /* 30, 90, 0: all */
    int64_t now_ms;
};

/* What needs a person, each with what to do. */
void board_notices(struct buf *out, const struct request *rq, const struct board *b);
/* Three steps, where nothing is known yet. */
void board_steps(struct buf *out, const struct request *rq, const struct board *b);
void board_tiles(struct buf *out, const struct request *rq, const struct board *b);
void board_progress(struct buf *out, const struct request *rq, const struct board *b);
void board_growth(struct buf *out, const struct request *rq, const struct board *b);
/* The last changes of edges, in words. */
void board_recent(struct buf *out, const struct request *rq, const struct board *b);
void board_quota(struct buf *out, const struct request *rq, const struct board *b);
void board_queue(struct buf *out, const struct request *rq, const struct board *b);
/* Tasks under way, and those that ended last. */
void board_tasks(struct buf *out, const struct request *rq, const struct board *b);
void board_mirror(struct buf *out, const struct board *b);
void board_schedule(struct buf *out, const struct board *b);

/* The quota over 24 hours, by credential and resource. */
MUST_CHECK bool board_quota_day(struct request *rq, struct buf *out, struct err *err);
/* What takes longer to find and changes slowly: tops, facets, the quota's day; kept for a minute. */
MUST_CHECK bool board_slow(struct request *rq, struct buf *out, struct err *err);
