/* The parts of the dashboard about tasks: running ones, with requester and remaining work, and the last finished ones. */
#include "api/html/views/board.h"
#include "core/base/words.h"

static int64_t over(const struct task_view *t)
{
    return t->completed + t->failed + t->cancelled;
}

static void put_who(struct buf *out, const struct task_view *t)
{
    if (t->asked_by.len) {
        html_between(out, "<bdi>", t->asked_by, "</bdi>");
    } else {
        buf_puts(out, t->discovery                                    ? "discovery"
                      : slice_eq(t->kind, SLICE("discovery_scraper")) ? "schedule"
                                                                      : "–");
    }
}

/* By the pace so far. Jobs that the task will still create are unknown, so this is a minimum. */
static void put_left(struct buf *out, const struct task_view *t, int64_t now_ms)
{
    char text[WORDS_SIZE];
    if (t->waits_until_ms > now_ms) {
        buf_puts(out, "waits until ");
        part_time_ms(out, t->waits_until_ms, true);
        return;
    }
    if (!t->started_ms || !over(t) || now_ms <= t->started_ms) {
        buf_puts(out, "<span class=\"none\">not known yet</span>");
        return;
    }
    int64_t left = (now_ms - t->started_ms) * t->open / over(t);
    buf_printf(out, "at least %s", words_duration(text, left < 1000 ? 1000 : left));
}

static void put_begin(struct buf *out, const struct request *rq, const struct task_view *t)
{
    slice prefix = page_prefix(rq);
    buf_printf(out, "<tr><th scope=\"row\"><a href=\"%.*s/github/jobs/%lld/\">", SLICE_ARG(prefix),
               (long long)t->id);
    part_words(out, t->kind);
    buf_puts(out, "</a></th><td>");
    if (part_is_unknown(t->note))
        html_between(out, "<bdi>", t->subject, "</bdi>");
    else
        part_subject(out, rq, t->kind, t->subject);
    buf_puts(out, "</td><td class=\"wide\">");
    put_who(out, t);
    buf_puts(out, "</td>");
}

static void put_head(struct buf *out, const char *id, const char *title, bool wide)
{
    buf_printf(out, "<section id=\"%s\" class=\"panel%s\"><h2>%s</h2>", id, wide ? " double" : "", title);
}

static void put_running(struct buf *out, const struct request *rq, const struct board *b)
{
    put_head(out, "running", "Running tasks", b->n_running > 0);
    if (!b->n_running) {
        buf_puts(out, "<p class=\"none\">No task is running.</p></section>");
        return;
    }
    buf_puts(out, "<table><thead><tr><th scope=\"col\">Task</th><th scope=\"col\">Subject</th><th "
                  "class=\"wide\" scope=\"col\">Requested by</th><th scope=\"col\">Jobs done</th><th "
                  "scope=\"col\" class=\"number\">Units</th><th "
                  "scope=\"col\">Time left</th>");
    buf_puts(out, page_may_write(rq) ? "<td></td></tr></thead><tbody>" : "</tr></thead><tbody>");
    for (size_t i = 0; i < b->n_running; i++) {
        const struct task_view *t = &b->running[i];
        put_begin(out, rq, t);
        buf_puts(out, "<td class=\"meter\">");
        part_bar(out, over(t), over(t) + t->open);
        part_number(out, over(t));
        buf_puts(out, " of ");
        part_number(out, over(t) + t->open);
        buf_puts(out, "</td><td class=\"number\">");
        part_number(out, t->cost);
        buf_puts(out, "</td><td>");
        put_left(out, t, b->now_ms);
        buf_puts(out, "</td>");
        if (page_may_write(rq)) {
            buf_puts(out, "<td>");
            part_button(out, rq, arena_printf(rq->arena, "/github/jobs/%lld/cancel/", (long long)t->id),
                        "Cancel", true, NULL);
            buf_puts(out, "</td>");
        }
        buf_puts(out, "</tr>");
    }
    buf_puts(out, "</tbody></table></section>");
}

static void put_ended(struct buf *out, const struct request *rq, const struct board *b)
{
    put_head(out, "ended", "Last ended tasks", b->n_ended > 0);
    if (!b->n_ended) {
        buf_puts(out, "<p class=\"none\">No task has finished yet.</p></section>");
        return;
    }
    buf_puts(out, "<table><thead><tr><th scope=\"col\">Task</th><th scope=\"col\">Subject</th><th "
                  "class=\"wide\" scope=\"col\">Requested by</th><th scope=\"col\">State</th><th "
                  "scope=\"col\" class=\"number wide\">Jobs</th><th scope=\"col\" "
                  "class=\"number wide\">Units</th><th scope=\"col\">Ended</th></tr></thead><tbody>");
    for (size_t i = 0; i < b->n_ended; i++) {
        const struct task_view *t = &b->ended[i];
        put_begin(out, rq, t);
        buf_puts(out, "<td>");
        part_job_state(out,
                       t->failed      ? SLICE("failed")
                       : t->cancelled ? SLICE("cancelled")
                                      : SLICE("completed"),
                       t->note);
        buf_puts(out, "</td><td class=\"number wide\">");
        part_number(out, over(t));
        buf_puts(out, "</td><td class=\"number wide\">");
        part_number(out, t->cost);
        buf_puts(out, "</td><td>");
        part_ago(out, t->ended_ms, b->now_ms);
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table></section>");
}

void board_tasks(struct buf *out, const struct request *rq, const struct board *b)
{
    put_running(out, rq, b);
    put_ended(out, rq, b);
}
