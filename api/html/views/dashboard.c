#include "api/html/views/dashboard.h"
#include "api/html/views/board.h"
#include "api/spec/parameters.h"
#include "core/base/clock.h"

static bool read_workload(struct request *rq, struct board *b, struct err *err)
{
    return workload_pace(rq->db, &b->pace, err) && workload_mirror(rq->db, &b->mirror, err) &&
           workload_running(rq->db, rq->arena, BOARD_ROWS, &b->running, &b->n_running, err) &&
           workload_ended(rq->db, rq->arena, BOARD_ROWS, &b->ended, &b->n_ended, err);
}

/* The number of days for the growth. */
static int64_t span_of(const struct request *rq)
{
    const struct growth_span *span = growth_span_find(params_get(&rq->params, "days"));
    return (span ? span : growth_span(0))->days;
}

/* Reads the small lists before it returns the connection. */
static bool read_board(struct request *rq, struct board *b, struct buf *slow, struct err *err)
{
    rq->gate = rq->api->write; /* a replica may lag, so its queue is outdated */
    if (!db_gate_acquire(rq->gate, &rq->db, err))
        return false;
    b->now_ms = clock_wall_ms();
    b->span = span_of(rq);
    bool ok = stats_read(rq->db, rq->arena, &b->stats, err) &&
              status_brief(rq->db, rq->arena, &b->status, err) && read_workload(rq, b, err) &&
              board_slow(rq, slow, err) &&
              trends_recent(rq->db, rq->arena, BOARD_ROWS, &b->recent, &b->n_recent, err) &&
              trends_growth(rq->db, rq->arena, b->span, &b->days, &b->n_days, err);
    request_end_db(rq);
    return ok;
}

static void put_board(struct buf *out, struct request *rq, struct board *b, const struct buf *slow)
{
    static const char *const scripts[] = {"app.js", NULL};
    slice prefix = page_prefix(rq);
    bool empty = b->stats.counts.developers_known == 0;
    view_begin(out, rq, SLICE("Dashboard"), scripts);
    buf_puts(out, "<h1 class=\"sr\">Dashboard</h1><div id=\"answer\" data-refresh=\"10\">");
    board_notices(out, b);
    if (empty)
        board_steps(out, rq, b);
    else
        board_tiles(out, rq, b);
    buf_puts(out, "<div class=\"panels\">");
    if (!empty)
        board_progress(out, b);
    board_quota(out, rq, b);
    board_queue(out, rq, b);
    board_tasks(out, rq, b);
    if (!empty) {
        board_growth(out, rq, b);
        board_recent(out, rq, b);
    }
    buf_put(out, slow->ptr, slow->len);
    board_mirror(out, b);
    board_schedule(out, b);
    buf_printf(
        out,
        "</div></div><p class=\"hint\">As JSON: <a href=\"%.*s/github/stats/?format=json\">stats</a> · <a "
        "href=\"%.*s/github/jobs/?format=json\">jobs</a> · <a "
        "href=\"%.*s/github/quota/history/?format=json\">quota</a> · <a "
        "href=\"%.*s/github/changes/?format=json\">changes</a></p>",
        SLICE_ARG(prefix), SLICE_ARG(prefix), SLICE_ARG(prefix), SLICE_ARG(prefix));
    view_end(out, rq);
}

bool dashboard(struct request *rq, struct response *rs, struct err *err)
{
    struct board *b = arena_alloc(rq->arena, sizeof *b);
    AUTO_BUF slow = {0};
    bool ok = read_board(rq, b, &slow, err);
    if (ok) {
        view_reply(rq, rs);
        put_board(&rs->body, rq, b, &slow);
    }
    return ok;
}
