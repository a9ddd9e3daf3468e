/* The parts of the dashboard about quota: units left, the last 24 hours, and what the mirrors save. */
#include "api/html/plot.h"
#include "api/html/views/board.h"
#include "core/base/clock.h"
#include "core/base/day.h"
#include "schema/queue/quota.h"

#define MAX_PLOTS 8
#define HOUR_MS   3600000
#define HOURS     24

/* The level down to which discovery spends: it leaves a share above the floor to people. */
static int64_t share_of(const struct request *rq, int64_t limit)
{
    const struct config *cfg = rq->api->cfg;
    return cfg->rate_limit_stop_threshold + (limit * cfg->discovery_quota_share + 99) / 100;
}

void board_quota(struct buf *out, const struct request *rq, const struct board *b)
{
    const struct status *s = &b->status;
    slice prefix = page_prefix(rq);
    const struct config *cfg = rq->api->cfg;
    buf_printf(out, "<section class=\"panel\"><h2><a href=\"%.*s/github/rate_limit/\">Quota</a></h2>",
               SLICE_ARG(prefix));
    if (!s->n_quotas) {
        buf_puts(out, "<p class=\"none\">No request to GitHub yet.</p></section>");
        return;
    }
    buf_puts(out, "<table>");
    part_table_head(out, SLICE("Credential|Left|Resets"));
    for (size_t i = 0; i < s->n_quotas; i++) {
        const struct status_quota *q = &s->quotas[i];
        buf_puts(out, "<tr><th scope=\"row\">");
        html_cstr(out, q->credential);
        buf_puts(out, "<small>");
        html_cstr(out, q->resource);
        buf_puts(out, "</small></th><td class=\"meter\">");
        part_gauge(out, q->rate_remaining, q->rate_limit, cfg->rate_limit_stop_threshold,
                   share_of(rq, q->rate_limit));
        part_number(out, q->rate_remaining);
        buf_puts(out, " of ");
        part_number(out, q->rate_limit);
        buf_puts(out, "</td><td>");
        if (q->rate_reset_ms)
            part_ago(out, q->rate_reset_ms, b->now_ms);
        buf_puts(out, "</td></tr>");
    }
    buf_printf(out,
               "</tbody></table><p class=\"hint\">Marked on each bar: %lld units that are never spent, and "
               "%lld&#160;%% of the "
               "limit above them, which discovery reserves for people.</p></section>",
               (long long)cfg->rate_limit_stop_threshold, (long long)cfg->discovery_quota_share);
}

/* ---- 24 hours ---- */

/* Samples of one credential and resource, oldest first. */
struct day {
    slice credential, resource;
    int64_t limit;
    struct plot_point *points;
    size_t n;
    struct {
        bool known;
        int64_t left, people, discovery, mirror;
    } hours[HOURS + 1];
};

static struct day *day_of(struct arena *a, struct day *days, size_t *n, size_t room,
                          const struct quota_sample *s)
{
    for (size_t i = 0; i < *n; i++)
        if (slice_eq(days[i].credential, s->credential) && slice_eq(days[i].resource, s->resource))
            return &days[i];
    if (*n == MAX_PLOTS)
        return NULL;
    days[*n] = (struct day){.credential = s->credential,
                            .resource = s->resource,
                            .points = arena_array(a, room, sizeof(struct plot_point))};
    return &days[(*n)++];
}

static size_t read_days(struct arena *a, const struct db_rows *rows, int64_t from_ms, struct day *days)
{
    size_t n = 0;
    for (int i = rows->n - 1; i >= 0; i--) {
        struct quota_sample s;
        quota_sample_from_row(rows, i, &s);
        struct day *day = day_of(a, days, &n, (size_t)rows->n, &s);
        int64_t hour = (s.at_ms - from_ms) / HOUR_MS;
        if (!day || hour < 0 || hour > HOURS)
            continue;
        if (s.rate_limit > day->limit)
            day->limit = s.rate_limit;
        if (s.rate_remaining >= 0)
            day->points[day->n++] = (struct plot_point){s.at_ms, s.rate_remaining};
        day->hours[hour].known = true;
        day->hours[hour].left = s.rate_remaining;
        day->hours[hour].people += s.people;
        day->hours[hour].discovery += s.discovery;
        day->hours[hour].mirror += s.mirror;
    }
    return n;
}

static void put_hours(struct buf *out, const struct day *day, int64_t from_ms)
{
    buf_puts(out, "<details><summary>The numbers</summary><table>");
    part_table_head(out, SLICE("Hour from|#Units left|#Spent by people|#by discovery|#by the mirror"));
    for (int h = HOURS; h >= 0; h--) {
        if (!day->hours[h].known)
            continue;
        const int64_t values[] = {day->hours[h].left, day->hours[h].people, day->hours[h].discovery,
                                  day->hours[h].mirror};
        buf_puts(out, "<tr><th scope=\"row\">");
        part_time_ms(out, from_ms + h * (int64_t)HOUR_MS, true);
        buf_puts(out, "</th>");
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
            buf_puts(out, "<td class=\"number\">");
            if (values[i] >= 0)
                part_number(out, values[i]);
            buf_puts(out, "</td>");
        }
        buf_puts(out, "</tr>");
    }
    buf_puts(out, "</tbody></table></details>");
}

static void put_day(struct buf *out, const struct request *rq, const struct day *day, int64_t from_ms)
{
    const struct plot plot = {
        .label = arena_printf(
            rq->arena, "%.*s units of %.*s left over the last 24 hours; the numbers are in the table below",
            SLICE_ARG(day->resource), SLICE_ARG(day->credential)),
        .points = day->points,
        .n = day->n,
        .from = from_ms,
        .to = from_ms + DAY_MS,
        .high = day->limit,
        .marks = {rq->api->cfg->rate_limit_stop_threshold, share_of(rq, day->limit)},
        .first = "24 hours ago",
        .half = "12 hours ago",
        .last = "now",
    };
    buf_puts(out, "<div><h3>");
    html_text(out, day->credential);
    html_between(out, ", ", day->resource, "</h3><p class=\"hint\">of ");
    part_number(out, day->limit);
    buf_puts(out, "</p>");
    plot_put(out, &plot);
    put_hours(out, day, from_ms);
    buf_puts(out, "</div>");
}

bool board_quota_day(struct request *rq, struct buf *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct day *days = arena_array(rq->arena, MAX_PLOTS, sizeof *days);
    int64_t from_ms = clock_wall_ms() - DAY_MS;
    const slice any = {NULL, 0};
    if (!quota_history(rq->db, from_ms, INT64_MAX, any, any, &rows, err))
        return false;
    size_t n = read_days(rq->arena, &rows, from_ms, days);
    if (!n)
        return true;
    slice prefix = page_prefix(rq);
    char day[DAY_TEXT_SIZE];
    const char *from = day_text(day_of_ms(from_ms), day);
    buf_printf(
        out,
        "<section class=\"panel broad\"><h2><a href=\"%.*s/github/quota/history/?from=%s\">Quota over 24 "
        "hours</a></h2><div class=\"curves broad\">",
        SLICE_ARG(prefix), from);
    for (size_t i = 0; i < n; i++)
        put_day(out, rq, &days[i], from_ms);
    buf_printf(out,
               "</div><p class=\"hint\">Dashed: the floor, and discovery’s limit. <a "
               "href=\"%.*s/github/quota/history/?from=%s&amp;format=csv\">CSV</a> · <a "
               "href=\"%.*s/github/quota/history/?from=%s&amp;format=json\">JSON</a></p></section>",
               SLICE_ARG(prefix), from, SLICE_ARG(prefix), from);
    return true;
}

/* ---- mirrors ---- */

static void put_row(struct buf *out, const char *name, int64_t n)
{
    buf_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"number\">", name);
    part_number(out, n);
    buf_puts(out, "</td></tr>");
}

void board_mirror(struct buf *out, const struct board *b)
{
    const struct workload_mirror *m = &b->mirror;
    int64_t saved = m->revalidated + m->fresh + m->coalesced + m->stored;
    buf_puts(out, "<section class=\"panel\"><h2>Mirror</h2>");
    if (!m->n) {
        buf_puts(out, "<p class=\"none\">No mirror is running.</p></section>");
        return;
    }
    buf_puts(out, "<p>");
    if (m->requests) {
        buf_printf(out, "Hit rate: <b>%.0f %%</b> of ", 100.0 * (double)m->hits / (double)m->requests);
        part_number(out, m->requests);
        buf_puts(out, m->requests == 1 ? " request since " : " requests since ");
    } else {
        buf_puts(out, "No request yet since ");
    }
    part_time_ms(out, m->since_ms, true);
    buf_puts(out, ". Units saved: <b>");
    part_number(out, saved);
    buf_puts(out, "</b>.</p><table><tbody>");
    put_row(out, "Confirmed as unchanged, free of charge", m->revalidated);
    put_row(out, "Served without revalidation", m->fresh);
    put_row(out, "Shared with a request in flight", m->coalesced);
    put_row(out, "From the cache while GitHub failed", m->stored);
    buf_puts(out, "</tbody></table></section>");
}
