/* The parts of the dashboard about the present: notices, queue, schedule. */
#include "api/html/views/board.h"

#define SILENT_MS 30000

static bool is_heard(const struct board *b, const char *kind)
{
    for (size_t i = 0; i < b->status.n_workers; i++)
        if (strcmp(b->status.workers[i].kind, kind) == 0 &&
            b->now_ms - b->status.workers[i].heartbeat_at_ms < SILENT_MS)
            return true;
    return false;
}

static int64_t core_limit(const struct board *b)
{
    for (size_t i = 0; i < b->status.n_quotas; i++)
        if (strcmp(b->status.quotas[i].resource, "core") == 0)
            return b->status.quotas[i].rate_limit;
    return 0;
}

static const struct {
    const char *code, *command;
} remedies[] = {
    {"no_token", "GITHUB_TOKEN_FILE=FILE gitomatic up"},
    {"token_refused", "gitomatic doctor"},
    {"token_expires", "gitomatic doctor"},
    {"github_away", "gitomatic doctor"},
    {"quota_used_up", "gitomatic status"},
};

void board_notices(struct buf *out, const struct board *b)
{
    struct notice notices[MAX_NOTICES];
    const struct status *s = &b->status;
    size_t n = notices_make(s->credentials, s->n_credentials, core_limit(b), &s->blocked, b->now_ms, notices);
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, "<div class=\"notice\"><p>");
        html_cstr(out, notices[i].text);
        for (size_t k = 0; k < ARRAY_LEN(remedies); k++)
            if (strcmp(remedies[k].code, notices[i].code) == 0)
                buf_printf(out, "</p><p><code>%s</code>", remedies[k].command);
        buf_puts(out, "</p></div>");
    }
    if (!is_heard(b, "crawler"))
        buf_puts(out, "<div class=\"notice\"><p>No crawler is running, so nothing is synced. Start "
                      "one:</p><p><code>gitomatic crawler</code></p></div>");
}

static const char *token_words(const struct board *b)
{
    const char *words = "Without one GitHub allows 60 requests an hour. "
                        "<code>GITHUB_TOKEN_FILE=FILE gitomatic up</code>";
    for (size_t i = 0; i < b->status.n_credentials; i++) {
        if (strcmp(b->status.credentials[i].kind, "anonymous") == 0)
            continue;
        if (!b->status.credentials[i].suspended_why)
            return "Done: a token is set.";
        words = "A token is set, but it cannot be used: see above.";
    }
    return words;
}

static void put_seed(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq);
    buf_printf(out,
               "<form method=\"post\" action=\"%.*s/github/tasks/\"><input type=\"hidden\" name=\"name\" "
               "value=\"full_profile_sync\">"
               "<div class=\"row\"><label><span>GitHub login</span><input type=\"text\" "
               "name=\"username\" required maxlength=\"100\" autocomplete=\"off\" "
               "spellcheck=\"false\" autocapitalize=\"none\"></label><span "
               "class=\"buttons\"><button>Seed</button></span></div></form>",
               SLICE_ARG(prefix));
}

void board_steps(struct buf *out, const struct request *rq, const struct board *b)
{
    buf_puts(out, "<section class=\"panel\"><h2>Nothing is known yet</h2><ol class=\"steps\"><li><b>Give it "
                  "a token.</b> ");
    buf_puts(out, token_words(b));
    buf_puts(out,
             "</li><li><b>Choose a developer to start with.</b> Followers, following, stars and repositories "
             "follow from there.");
    if (page_may_write(rq))
        put_seed(out, rq);
    buf_puts(out, "</li><li><b>Wait for the first records.</b> ");
    if (b->n_running) {
        part_number(out, (int64_t)b->n_running);
        buf_puts(out, b->n_running == 1 ? " task is running. " : " tasks are running. ");
    }
    buf_puts(out, "This page refreshes itself; the job’s page shows its progress.</li></ol></section>");
}

/* ---- queue ---- */

static void put_pace(struct buf *out, const struct board *b)
{
    int64_t a_minute = (b->pace.ended + WORKLOAD_MINUTES - 1) / WORKLOAD_MINUTES;
    buf_puts(out, "<p class=\"hint\">");
    part_number(out, a_minute);
    buf_printf(out, " %s a minute over the last %d minutes", a_minute == 1 ? "job" : "jobs",
               WORKLOAD_MINUTES);
    if (b->pace.oldest_due_ms) {
        buf_puts(out, "; the oldest became due ");
        part_ago(out, b->pace.oldest_due_ms, b->now_ms);
    }
    buf_puts(out, ".</p>");
}

void board_queue(struct buf *out, const struct request *rq, const struct board *b)
{
    slice prefix = page_prefix(rq);
    buf_printf(out, "<section class=\"panel\"><h2><a href=\"%.*s/github/jobs/\">Queue</a></h2><table><tbody>",
               SLICE_ARG(prefix));
    for (int i = 0; i < JOB_N_STATES; i++) {
        const char *name = job_state_name((enum job_state)i);
        int64_t n = b->stats.jobs[i];
        buf_printf(
            out,
            "<tr><th scope=\"row\"><a href=\"%.*s/github/jobs/?state=%s\">%s</a></th><td class=\"number\">",
            SLICE_ARG(prefix), name, name);
        part_number(out, n > STATS_MAX_JOBS ? STATS_MAX_JOBS : n);
        buf_puts(out, n > STATS_MAX_JOBS ? " and more</td></tr>" : "</td></tr>");
    }
    buf_puts(out, "</tbody></table>");
    put_pace(out, b);
    if (b->status.blocked.n_waiting) {
        buf_puts(out, "<p class=\"hint\">");
        part_number(out, b->status.blocked.n_waiting);
        buf_puts(out, b->status.blocked.n_waiting == 1 ? " job waits for quota until "
                                                       : " jobs wait for quota until ");
        part_time_ms(out, b->status.blocked.resumes_at_ms, true);
        buf_puts(out, ".</p>");
    }
    buf_puts(out, "</section>");
}

/* ---- schedule ---- */

void board_schedule(struct buf *out, const struct board *b)
{
    const struct status *s = &b->status;
    buf_puts(out, "<section class=\"panel\"><h2>Schedule and processes</h2><table>");
    part_table_head(out, SLICE("Entry|Schedule|Last|Next"));
    for (size_t i = 0; i < s->n_entries; i++) {
        const struct schedule_entry *e = &s->entries[i];
        buf_puts(out, "<tr><th scope=\"row\">");
        part_words(out, slice_of(e->name));
        buf_puts(out, "</th><td><code>");
        html_cstr(out, e->schedule);
        buf_puts(out, "</code></td><td>");
        if (e->last_run_at_ms)
            part_ago(out, e->last_run_at_ms, b->now_ms);
        buf_puts(out, "</td><td>");
        if (e->next_run_at_ms != INT64_MAX)
            part_ago(out, e->next_run_at_ms, b->now_ms);
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table><table>");
    part_table_head(out, SLICE("Process|Host|Last heartbeat"));
    for (size_t i = 0; i < s->n_workers; i++) {
        const struct status_worker *w = &s->workers[i];
        buf_puts(out, "<tr><th scope=\"row\">");
        html_cstr(out, w->kind);
        buf_puts(out, "</th><td><bdi>");
        html_cstr(out, w->host);
        buf_puts(out, "</bdi></td><td>");
        part_ago(out, w->heartbeat_at_ms, b->now_ms);
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table></section>");
}
