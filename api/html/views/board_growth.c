/* The parts of the dashboard about growth: tiles, progress, days. */
#include "api/html/views/board.h"
#include "api/spec/parameters.h"
#include "core/base/clock.h"
#include "core/base/words.h"

enum series { DEVELOPERS, REPOSITORIES, FOLLOWS, STARS };

static int64_t gained(const struct stats_day *day, enum series series)
{
    switch (series) {
    case DEVELOPERS:
        return day->developers - day->developers_gone;
    case REPOSITORIES:
        return day->repositories - day->repositories_gone;
    case FOLLOWS:
        return day->follows - day->follows_closed;
    case STARS:
        break;
    }
    return day->stars - day->stars_closed;
}

/* The numbers at the end of each day, oldest first, computed back from the present ones. */
static void put_line(struct buf *out, const struct board *b, enum series series, int64_t now,
                     const char *label)
{
    int64_t values[STATS_DAYS];
    size_t n = b->stats.n_days;
    for (size_t i = 0; i < n; i++) {
        values[n - 1 - i] = now;
        now -= gained(&b->stats.days[i], series);
    }
    part_sparkline(out, values, n, label);
}

static void put_tile(struct buf *out, const struct request *rq, const struct board *b, enum series series,
                     const char *name, const char *path, int64_t n)
{
    slice prefix = page_prefix(rq);
    int64_t today = b->stats.n_days ? gained(&b->stats.days[0], series) : 0;
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
    buf_puts(out, " today</p>");
    put_line(out, b, series, n, arena_printf(rq->arena, "%s over the last 30 days", name));
    buf_puts(out, "</li>");
}

void board_tiles(struct buf *out, const struct request *rq, const struct board *b)
{
    const struct status_counts *c = &b->stats.counts;
    buf_puts(out, "<ul class=\"tiles\">");
    put_tile(out, rq, b, DEVELOPERS, "Developers", "/github/developers/", c->developers_known);
    put_tile(out, rq, b, REPOSITORIES, "Repositories", "/github/repositories/", c->repositories_known);
    put_tile(out, rq, b, FOLLOWS, "Follows", "/github/changes/?kind=follow", c->follows);
    put_tile(out, rq, b, STARS, "Stars", "/github/changes/?kind=star", c->stars);
    buf_puts(out, "</ul>");
}

/* ---- known and synced ---- */

/* At today's pace, of at least an hour. */
static void put_pace(struct buf *out, int64_t left, int64_t today, int64_t now_ms)
{
    char text[WORDS_SIZE];
    int64_t hours = now_ms / 3600000 % 24;
    int64_t an_hour = today / (hours > 0 ? hours : 1);
    if (left <= 0 || an_hour <= 0)
        return;
    buf_printf(out, ", %s left at ", words_duration(text, left * 3600000 / an_hour));
    part_number(out, an_hour);
    buf_puts(out, " an hour");
}

static void put_synced(struct buf *out, const char *name, int64_t known, int64_t synced, int64_t today,
                       int64_t now_ms)
{
    buf_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"meter\">", name);
    part_bar(out, synced, known);
    part_number(out, synced);
    buf_puts(out, " of ");
    part_number(out, known);
    buf_puts(out, "</td><td>");
    part_number(out, today);
    buf_puts(out, " today");
    put_pace(out, known - synced, today, now_ms);
    buf_puts(out, "</td></tr>");
}

void board_progress(struct buf *out, const struct board *b)
{
    const struct status_counts *c = &b->stats.counts;
    const struct stats_day *today = &b->stats.days[0];
    buf_puts(out, "<section class=\"panel\"><h2>Known and synced</h2><table><tbody>");
    put_synced(out, "Developers", c->developers_known, c->developers_synced, today->developers_synced,
               b->now_ms);
    put_synced(out, "Repositories", c->repositories_known, c->repositories_synced, today->repositories_synced,
               b->now_ms);
    buf_puts(out, "</tbody></table>");
    if (b->stats.last_change_ms) {
        buf_puts(out, "<p class=\"hint\">Last change stored ");
        part_ago(out, b->stats.last_change_ms, b->now_ms);
        buf_puts(out, ".</p>");
    }
    buf_puts(out, "</section>");
}

/* ---- days ---- */

/* The numbers at the end of each day, computed back from the present ones. */
static void put_curve(struct buf *out, const struct request *rq, const struct board *b, enum series series,
                      int64_t now, const char *name)
{
    int64_t *values = arena_array(rq->arena, b->n_days, sizeof *values);
    for (size_t i = b->n_days; i-- > 0;) {
        values[i] = now;
        now -= gained(&b->days[i], series);
    }
    buf_printf(out, "<div><h3>%s</h3><p class=\"hint\">", name);
    if (b->n_days) {
        part_number(out, values[0]);
        buf_puts(out, " → ");
        part_number(out, values[b->n_days - 1]);
    }
    buf_puts(out, "</p>");
    part_sparkline(out, values, b->n_days,
                   arena_printf(rq->arena, "%s by day; the numbers are in the table below", name));
    buf_puts(out, "</div>");
}

/* Edges that ended, each day. */
static void put_ended(struct buf *out, const struct request *rq, const struct board *b, enum series series,
                      const char *name)
{
    int64_t *values = arena_array(rq->arena, b->n_days, sizeof *values), sum = 0;
    for (size_t i = 0; i < b->n_days; i++) {
        values[i] = series == FOLLOWS ? b->days[i].follows_closed : b->days[i].stars_closed;
        sum += values[i];
    }
    buf_printf(out, "<div><h3>%s</h3><p class=\"hint\">", name);
    part_number(out, sum);
    buf_puts(out, " in these days</p>");
    part_sparkline(out, values, b->n_days,
                   arena_printf(rq->arena, "%s by day; the numbers are in the table below", name));
    buf_puts(out, "</div>");
}

static void put_spans(struct buf *out, const struct request *rq, const struct board *b)
{
    const struct growth_span *span;
    slice prefix = page_prefix(rq);
    buf_puts(out, "<p class=\"spans\">");
    for (size_t i = 0; (span = growth_span(i)); i++)
        buf_printf(out, "%s<a href=\"%.*s/%s%s\"%s>%s</a>", i ? " · " : "", SLICE_ARG(prefix),
                   i ? "?days=" : "", i ? span->name : "",
                   span->days == b->span ? " aria-current=\"true\"" : "", span->words);
    buf_puts(out, "</p>");
}

static void put_days(struct buf *out, const struct board *b)
{
    buf_puts(out, "<details><summary>The numbers</summary><table>");
    part_table_head(
        out, SLICE("Day|#Developers|#synced|#Repositories|#synced|#Follows|#unfollowed|#Stars|#removed"));
    for (size_t i = b->n_days; i-- > 0;) {
        const struct stats_day *d = &b->days[i];
        const int64_t values[] = {
            d->developers, d->developers_synced, d->repositories, d->repositories_synced,
            d->follows,    d->follows_closed,    d->stars,        d->stars_closed};
        buf_puts(out, "<tr><th scope=\"row\">");
        part_time_ms(out, d->day_ms, false);
        buf_puts(out, "</th>");
        for (size_t k = 0; k < ARRAY_LEN(values); k++) {
            buf_puts(out, "<td class=\"number\">");
            part_number(out, values[k]);
            buf_puts(out, "</td>");
        }
        buf_puts(out, "</tr>");
    }
    buf_puts(out, "</tbody></table></details>");
}

void board_growth(struct buf *out, const struct request *rq, const struct board *b)
{
    const struct status_counts *c = &b->stats.counts;
    buf_puts(out, "<section class=\"panel broad\"><h2>Growth by day</h2>");
    put_spans(out, rq, b);
    buf_puts(out, "<div class=\"curves\">");
    put_curve(out, rq, b, DEVELOPERS, c->developers_known, "Developers");
    put_curve(out, rq, b, REPOSITORIES, c->repositories_known, "Repositories");
    put_curve(out, rq, b, FOLLOWS, c->follows, "Follows");
    put_curve(out, rq, b, STARS, c->stars, "Stars");
    put_ended(out, rq, b, FOLLOWS, "Follows that ended");
    put_ended(out, rq, b, STARS, "Stars removed");
    buf_puts(out, "</div>");
    put_days(out, b);
    buf_puts(out, "</section>");
}

/* ---- changes ---- */

static void put_recent(struct buf *out, const struct request *rq, const struct recent *r)
{
    bool closed = slice_ends(r->type, SLICE(".closed"));
    part_developer(out, rq, r->who_id, r->who);
    buf_puts(out, !r->repository ? (closed ? " unfollowed " : " follows ")
                  : closed       ? " unstarred "
                                 : " starred ");
    if (r->repository)
        part_repository(out, rq, r->whom_id, r->whom);
    else
        part_developer(out, rq, r->whom_id, r->whom);
    if (closed && r->after_ms && r->before_ms)
        part_between(out, r->after_ms, r->before_ms);
    if (r->others > 0) {
        buf_puts(out, ", and ");
        part_number(out, r->others);
        buf_puts(out, " more");
    }
}

void board_recent(struct buf *out, const struct request *rq, const struct board *b)
{
    slice prefix = page_prefix(rq);
    if (!b->n_recent)
        return;
    buf_printf(out,
               "<section class=\"panel double\"><h2><a href=\"%.*s/github/changes/\">Last "
               "changes</a></h2><ul class=\"list\">",
               SLICE_ARG(prefix));
    for (size_t i = 0; i < b->n_recent; i++) {
        buf_puts(out, "<li class=\"dated\"><span>");
        put_recent(out, rq, &b->recent[i]);
        buf_puts(out, "</span>");
        part_ago(out, b->recent[i].at_ms, b->now_ms);
        buf_puts(out, "</li>");
    }
    buf_puts(out, "</ul></section>");
}
