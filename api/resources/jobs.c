/* The queue: requested work, its progress and reason; cancelling and retrying. */
#include "api/request/paging.h"
#include "api/request/value.h"
#include "api/resources/list.h"
#include "api/resources/stream.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "schema/queue/jobs_view.h"
#include "schema/report/why.h"

#define STREAM_BATCH 500

struct jobs_request {
    struct jobs_filter filters[JOBS_N_FILTERS];
    size_t n, n_counted; /* the cursor is the last one, and is not counted */
    field_set fields;
};

/* ---- the list ---- */

/* NULL: fine. Dates are compared in ms; fractions do not matter for jobs. */
static const char *read_value(enum jobs_filter_by by, slice text, struct db_arg *out)
{
    enum job_state state;
    enum job_kind kind;
    int64_t number;
    bool fraction;
    *out = DB_TEXT(text);
    switch (by) {
    case JOBS_STATE:
        return job_state_parse(text, &state) ? NULL
                                             : "Select a valid choice: available, running, scheduled, "
                                               "completed, failed or cancelled.";
    case JOBS_KIND:
        return job_kind_parse(text, &kind) ? NULL : "Select a valid choice, such as full_profile_sync.";
    case JOBS_SUBJECT:
        return NULL;
    case JOBS_TASK:
    case JOBS_BELOW:
        if (!value_whole(text, 0, INT64_MAX, &number))
            return by == JOBS_TASK ? "Enter a number." : "Enter the cursor of an answer.";
        *out = DB_I64(number);
        return NULL;
    default:
        if (!value_time(text, &number, &fraction))
            return "Enter a valid date/time.";
        *out = DB_TIME(number);
        return NULL;
    }
}

/* False after an answer. Empty values are ignored, as everywhere. */
static bool parse(struct request *rq, struct response *rs, struct jobs_request *out)
{
    struct param_errors errors = {0};
    *out = (struct jobs_request){.fields = list_fields(rq, true, &errors)};
    for (int by = 0; by < JOBS_N_FILTERS; by++) {
        const char *name = by == JOBS_BELOW ? "cursor" : jobs_filter_name((enum jobs_filter_by)by);
        slice text = params_get(&rq->params, name);
        if (text.len == 0 || (by == JOBS_BELOW && stream_wanted(rq)))
            continue;
        const char *why = read_value((enum jobs_filter_by)by, text, &out->filters[out->n].value);
        out->filters[out->n++].by = (enum jobs_filter_by)by;
        out->n_counted += by != JOBS_BELOW;
        if (why)
            param_errors_add(&errors, slice_of(name), why);
    }
    if (errors.n)
        reply_param_errors(rq, rs, &errors);
    return !errors.n;
}

/* Page numbers reach as far as the count; from the last of them, and from a cursor, `next` is a cursor. */
static void find_next(struct request *rq, const struct db_rows *rows, int n, struct paging *paging)
{
    struct job_record last;
    bool more = rows->n > n;
    paging->has_previous = !paging->by_cursor && paging->page > 1;
    paging->has_next = more;
    if (!more || (!paging->by_cursor && paging->page < paging_n_pages(paging)))
        return;
    job_from_row(rows, n - 1, rq->arena, &last);
    paging->next_cursor = arena_printf(rq->arena, "%lld", (long long)last.id.value);
}

static void put_list(struct request *rq, struct response *rs, const struct paging *paging, field_set fields,
                     const struct db_rows *rows, int n)
{
    struct job_record job;
    struct jw w;
    reply_json(rq, rs, &w);
    paging_begin(&w, rq, rs, paging);
    for (int i = 0; i < n; i++) {
        job_from_row(rows, i, rq->arena, &job);
        render_record(&w, rq, SHAPE_JOB, fields, &job);
    }
    paging_end(&w);
}

/* Counts, and finds the page. A first page that is not full shows the count. *there_out: false if there is no such page. */
static bool find_page(struct request *rq, const struct jobs_request *asked, struct paging *paging,
                      struct db_rows *rows, bool *there_out, struct err *err)
{
    bool first = !paging->by_cursor && !paging->last && paging->page == 1;
    int64_t count = 0;
    if (first && !jobs_view_page(rq->db, asked->filters, asked->n, paging->size + 1, 0, rows, err))
        return false;
    if (first && rows->n <= paging->size)
        count = rows->n;
    else if (!jobs_view_count(rq->db, asked->filters, asked->n_counted, &count, err))
        return false;
    bool capped = count > JOBS_MAX_COUNTED;
    paging->count =
        (struct browse_count){.n = capped ? JOBS_MAX_COUNTED : count, .capped = capped, .known = true};
    if (paging->last)
        paging_turn_to_last(paging);
    *there_out = paging->by_cursor || paging->page <= paging_n_pages(paging);
    int64_t skip = paging->by_cursor ? 0 : (paging->page - 1) * paging->size;
    return first || !*there_out || count == 0 ||
           jobs_view_page(rq->db, asked->filters, asked->n, paging->size + 1, skip, rows, err);
}

/* The next ones below the last. */
static bool batch(struct stream *s, bool *over_out, struct err *err)
{
    struct jobs_request *asked = s->own;
    int64_t n = s->left < STREAM_BATCH ? s->left : STREAM_BATCH;
    struct job_record job = {0};
    AUTO_ROWS rows = {0};
    if (!jobs_view_page(s->db, asked->filters, asked->n, n, 0, &rows, err))
        return false;
    *over_out = rows.n < n;
    for (int i = 0; i < rows.n; i++) {
        job_from_row(&rows, i, s->rq.arena, &job);
        stream_put(s, &job);
    }
    asked->n = asked->n_counted + 1;
    asked->filters[asked->n_counted] = (struct jobs_filter){.by = JOBS_BELOW, .value = DB_I64(job.id.value)};
    return true;
}

static bool answer_stream(struct request *rq, struct response *rs, const struct jobs_request *asked,
                          struct err *err)
{
    struct stream *s = stream_begin(rq, rs, asked->fields, err);
    if (!s)
        return err->code == ERR_NONE;
    struct jobs_request *own = arena_alloc(s->keep, sizeof *own);
    *own = *asked;
    for (size_t i = 0; i < own->n; i++) {
        struct db_arg *value = &own->filters[i].value;
        if (value->type == DB_ARG_TEXT)
            value->text = slice_from(arena_dup(s->keep, value->text), value->text.len);
    }
    stream_ready(s, rq, rs, batch, own);
    return true;
}

bool handle_jobs(struct request *rq, struct response *rs, struct err *err)
{
    struct jobs_request asked;
    struct paging paging;
    AUTO_ROWS rows = {0};
    if (!parse(rq, rs, &asked))
        return true;
    if (stream_wanted(rq))
        return answer_stream(rq, rs, &asked, err);
    bool is_there = paging_read(&rq->params, &paging);
    if (is_there && !find_page(rq, &asked, &paging, &rows, &is_there, err))
        return false;
    if (!is_there) {
        reply_detail(rq, rs, 404, "Invalid page.");
        return true;
    }
    int n = rows.n > paging.size ? (int)paging.size : rows.n;
    find_next(rq, &rows, n, &paging);
    put_list(rq, rs, &paging, asked.fields, &rows, n);
    return true;
}

/* ---- one job ---- */

static bool find_job(struct request *rq, struct response *rs, struct db_rows *rows, struct job_record *job,
                     struct err *err)
{
    int64_t id;
    bool is_number = slice_i64(rq->args[0], 1, INT64_MAX, &id);
    if (is_number && !jobs_view_one(rq->db, id, rows, err))
        return false;
    if (rows->n)
        job_from_row(rows, 0, rq->arena, job);
    else
        reply_detail(rq, rs, 404, "Not found.");
    return true;
}

static bool put_task(struct jw *w, struct request *rq, int64_t task_id, struct err *err)
{
    struct task_progress task;
    if (!jobs_task_progress(rq->db, task_id, &task, err))
        return false;
    jw_object(w);
    jw_key(w, "url");
    link_put(w, rq, arena_printf(rq->arena, "/github/jobs/?task=%lld", (long long)task_id));
    jw_ki64(w, "open", task.open);
    jw_ki64(w, "completed", task.completed);
    jw_ki64(w, "failed", task.failed);
    jw_ki64(w, "pages", task.pages);
    jw_ki64(w, "records", task.records);
    jw_ki64(w, "cost", task.cost);
    bool waits = task.open && !task.active && task.next_run_at_ms;
    char iso[CLOCK_ISO_SIZE];
    jw_key(w, "waits_until");
    if (waits)
        jw_cstr(w, clock_iso(task.next_run_at_ms, iso));
    else
        jw_null(w);
    jw_key(w, "waits_for");
    if (waits && task.for_quota)
        jw_cstr(w, "quota");
    else
        jw_null(w);
    jw_end_object(w);
    return true;
}

bool handle_job(struct request *rq, struct response *rs, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct job_record job;
    struct why why = {0};
    const char *login;
    struct jw w;
    if (!find_job(rq, rs, &rows, &job, err))
        return false;
    if (!rows.n)
        return true;
    if (!jobs_view_login(rq->db, &job, rq->arena, &login, err) ||
        (login && !why_read(rq->db, login, rq->arena, &why, err)))
        return false;
    reply_json(rq, rs, &w);
    jw_object(&w);
    render_members(&w, rq, SHAPE_JOB, ALL_FIELDS, &job);
    jw_key(&w, "task_jobs");
    if (!job.task_id.known)
        jw_null(&w);
    else if (!put_task(&w, rq, job.task_id.value, err))
        return false;
    jw_key(&w, "why");
    if (why.known)
        why_write(&w, &why);
    else
        jw_null(&w);
    jw_end_object(&w);
    return true;
}

/* ---- actions ---- */

/* The job as it is now; it may have been pruned meanwhile. */
static bool reply_job(struct request *rq, struct response *rs, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct job_record job;
    struct jw w;
    if (!find_job(rq, rs, &rows, &job, err) || !rows.n)
        return err->code == ERR_NONE;
    if (rq->view) { /* so that reloading the page does not repeat it */
        reply_see_other(rs,
                        arena_printf(rq->arena, "%s/github/jobs/%lld/", rq->base, (long long)job.id.value));
        return true;
    }
    reply_json(rq, rs, &w);
    render_record(&w, rq, SHAPE_JOB, ALL_FIELDS, &job);
    return true;
}

static bool is_task(const struct job_record *job)
{
    return job->task_id.known && job->task_id.value == job->id.value;
}

static bool refuse_cancel(struct request *rq, struct response *rs, const struct job_record *job,
                          struct err *err)
{
    (void)err;
    reply_detail(rq, rs, 409,
                 arena_printf(rq->arena, "The job is %.*s%s: expected available, running or scheduled.",
                              SLICE_ARG(job->state), is_task(job) ? ", and no job of its task is open" : ""));
    return true;
}

static bool refuse_retry(struct request *rq, struct response *rs, const struct job_record *job,
                         struct err *err)
{
    int64_t other;
    bool over = slice_eq(job->state, SLICE("failed")) || slice_eq(job->state, SLICE("cancelled"));
    const char *why;
    if (!jobs_same_work(rq->db, job->id.value, &other, err))
        return false;
    if (!over)
        why =
            arena_printf(rq->arena, "The job is %.*s%s: expected failed or cancelled.", SLICE_ARG(job->state),
                         is_task(job) ? ", and no job of its task failed or was cancelled" : "");
    else if (other)
        why = arena_printf(rq->arena, "The job is %.*s, and job %lld does the same work already.",
                           SLICE_ARG(job->state), (long long)other);
    else
        why = arena_printf(
            rq->arena,
            "The job is %.*s and cannot be retried, because its stubs were removed. Request the task again.",
            SLICE_ARG(job->state));
    reply_detail(rq, rs, 409, why);
    return true;
}

static bool act(struct request *rq, struct response *rs,
                bool (*change)(struct db *, int64_t, int64_t *, struct err *),
                bool (*refuse)(struct request *, struct response *, const struct job_record *, struct err *),
                struct err *err)
{
    AUTO_ROWS rows = {0};
    struct job_record job;
    int64_t n;
    if (!find_job(rq, rs, &rows, &job, err))
        return false;
    if (!rows.n)
        return true;
    if (!change(rq->db, job.id.value, &n, err))
        return false;
    return n ? reply_job(rq, rs, err) : refuse(rq, rs, &job, err);
}

bool handle_job_cancel(struct request *rq, struct response *rs, struct err *err)
{
    return act(rq, rs, jobs_cancel, refuse_cancel, err);
}

bool handle_job_retry(struct request *rq, struct response *rs, struct err *err)
{
    return act(rq, rs, jobs_ask_again, refuse_retry, err);
}
