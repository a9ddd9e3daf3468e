#include "api/html/dashboard.h"
#include "api/html/view.h"
#include "schema/report/stats.h"

struct board {
    struct stats stats;
};

static void put_tile(struct buf *out, const struct request *rq, const char *name, const char *path, int64_t n,
                     int64_t today)
{
    slice prefix = page_prefix(rq);
    buf_puts(out, "<li><h2>");
    if (path)
        buf_printf(out, "<a href=\"%.*s%s\">%s</a>", SLICE_ARG(prefix), path, name);
    else
        buf_puts(out, name);
    buf_puts(out, "</h2><p class=\"figure\">");
    part_number(out, n);
    buf_puts(out, "</p><p class=\"growth\">");
    buf_puts(out, today > 0 ? "+" : "");
    part_number(out, today);
    buf_puts(out, " today</p></li>");
}

static bool read_board(struct request *rq, struct board *b, struct err *err)
{
    rq->gate = rq->api->read;
    if (!db_gate_acquire(rq->gate, &rq->db, err))
        return false;
    bool ok = stats_read(rq->db, rq->arena, &b->stats, err);
    request_end_db(rq);
    return ok;
}

bool dashboard(struct request *rq, struct response *rs, struct err *err)
{
    struct board *b = arena_alloc(rq->arena, sizeof *b);
    struct buf *out = &rs->body;
    if (!read_board(rq, b, err))
        return false;
    const struct status_counts *c = &b->stats.counts;
    const struct stats_day *today = &b->stats.days[0];
    buf_reset(out);
    rs->status = 200;
    page_headers(rs, page_policy(rq, true));
    view_begin(out, rq, SLICE("Dashboard"), NULL);
    buf_puts(out, "<h1 class=\"sr\">Dashboard</h1><div id=\"answer\"><ul class=\"tiles\">");
    put_tile(out, rq, "Developers", "/github/developers/", c->developers_known, today->developers);
    put_tile(out, rq, "Repositories", "/github/repositories/", c->repositories_known, today->repositories);
    put_tile(out, rq, "Follows", NULL, c->follows, today->follows - today->follows_closed);
    put_tile(out, rq, "Stars", NULL, c->stars, today->stars - today->stars_closed);
    buf_puts(out, "</ul></div>");
    view_end(out, rq);
    return true;
}
