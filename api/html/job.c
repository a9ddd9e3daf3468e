/* The page of a job: progress, cost, results, and actions. */
#include "api/html/view.h"
#include "core/base/clock.h"

#define REFRESH_S "3"

static bool is_ahead(slice at)
{
    char now[CLOCK_ISO_SIZE];
    clock_iso(clock_wall_ms(), now);
    return at.len == strlen(now) && memcmp(at.ptr, now, at.len) > 0;
}

static void put_wait(struct buf *out, const char *what, slice until)
{
    buf_printf(out, "%s until ", what);
    part_time(out, until, true);
    buf_putc(out, '.');
}

/* "Running.", or why it does not run yet; of a job that has ended, what the rest of its task does. */
static void put_status(struct buf *out, const json_t *job, bool open)
{
    slice state = json_text(job, "state"), at = json_text(job, "run_at");
    const json_t *task = json_object_get(job, "task_jobs");
    bool quota = slice_eq(json_text(job, "note"), SLICE("quota"));
    buf_puts(out, "<p class=\"about\" role=\"status\">");
    if (slice_eq(state, SLICE("scheduled")) && is_ahead(at))
        put_wait(out,
                 quota                         ? "Waiting for GitHub’s quota"
                 : json_text(job, "error").len ? "Waiting to try again after an error,"
                                               : "Waiting",
                 at);
    else if (slice_eq(state, SLICE("running")))
        buf_puts(out, "Running.");
    else if (open)
        buf_puts(out, "Waiting for a crawler.");
    else if (is_ahead(json_text(task, "waits_until")))
        put_wait(out,
                 json_text(task, "waits_for").len
                     ? "This job has ended; the rest of its task waits for GitHub’s quota"
                     : "This job has ended; the rest of its task waits",
                 json_text(task, "waits_until"));
    else
        buf_puts(out, "This job has ended; the rest of its task is running.");
    buf_puts(out, " This page refreshes every " REFRESH_S " seconds.</p>");
}

static bool is_open(slice state)
{
    return slice_eq(state, SLICE("available")) || slice_eq(state, SLICE("running")) ||
           slice_eq(state, SLICE("scheduled"));
}

static void put_task(struct buf *out, const json_t *task)
{
    int64_t open = 0, completed = 0, failed = 0;
    if (!json_is_object(task))
        return;
    json_whole(task, "open", &open);
    json_whole(task, "completed", &completed);
    json_whole(task, "failed", &failed);
    buf_puts(out, "<section class=\"panel\"><h2>The whole task</h2><p class=\"progress\">");
    part_bar(out, completed + failed, completed + failed + open);
    part_number(out, completed + failed);
    buf_puts(out, " of ");
    part_number(out, completed + failed + open);
    buf_puts(out, " jobs done");
    if (failed)
        buf_printf(out, ", %lld failed", (long long)failed);
    buf_puts(out, "</p><dl class=\"card\">");
    part_count_row(out, "Pages", task, "pages");
    part_count_row(out, "Records", task, "records");
    part_count_row(out, "Cost in units", task, "cost");
    buf_puts(out, "</dl><p><a");
    html_attribute(out, "href", json_text(task, "url"));
    buf_puts(out, ">All jobs of this task</a></p></section>");
}

static void put_facts(struct buf *out, const struct request *rq, const json_t *job)
{
    buf_puts(out, "<dl class=\"card\"><div><dt>State</dt><dd>");
    part_job_state(out, json_text(job, "state"), json_text(job, "note"));
    buf_puts(out, "</dd></div>");
    if (json_text(job, "subject").len) {
        buf_puts(out, "<div><dt>Subject</dt><dd>");
        if (part_is_unknown(json_text(job, "note")))
            html_between(out, "<bdi>", json_text(job, "subject"), "</bdi>");
        else
            part_subject(out, rq, json_text(job, "kind"), json_text(job, "subject"));
        buf_puts(out, "</dd></div>");
    }
    part_text_row(out, "Progress", json_text(job, "progress"));
    part_text_row(out, "Error", json_text(job, "error"));
    part_text_row(out, "Note", json_text(job, "note"));
    part_time_row(out, "Requested", json_text(job, "created_at"));
    part_time_row(out, "Runs next", json_text(job, "run_at"));
    part_time_row(out, "Started", json_text(job, "started_at"));
    part_time_row(out, "Ended", json_text(job, "finished_at"));
    part_count_row(out, "Pages", job, "pages");
    part_count_row(out, "Records", job, "records");
    part_count_row(out, "Cost in units", job, "cost");
    part_count_row(out, "Failed attempts", job, "attempt");
    buf_puts(out, "</dl>");
}

void job_put(struct buf *out, const struct request *rq, struct response *rs, const json_t *job)
{
    slice state = json_text(job, "state"), kind = json_text(job, "kind");
    const json_t *task = json_object_get(job, "task_jobs");
    int64_t id = 0, open = 0;
    json_whole(job, "id", &id);
    json_whole(task, "open", &open);
    bool goes_on = is_open(state) || open > 0;
    if (goes_on) /* a header, since a <meta> refresh would interrupt slow readers without notice */
        response_header(rs, "Refresh", REFRESH_S);
    slice title = slice_of(arena_printf(rq->arena, "Job %lld", (long long)id));
    view_begin(out, rq, title, NULL);
    page_breadcrumb(out, rq);
    html_between(out, "<h1>", title, ": ");
    part_words(out, kind);
    buf_puts(out, "</h1>");
    if (goes_on)
        put_status(out, job, is_open(state));
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    put_facts(out, rq, job);
    put_task(out, task);
    page_actions(out, rq, goes_on && !is_open(state) ? "running" : arena_dup(rq->arena, state));
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}
