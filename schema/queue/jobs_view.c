#include "schema/queue/jobs_view.h"
#include "core/base/buf.h"
#include "schema/db/query_table.h"
#include <assert.h>

/* parameter, clause; the value goes between the last two */
static const struct {
    const char *name, *before, *after;
} filters_by[JOBS_N_FILTERS] = {
    [JOBS_STATE] = {"state", " and state = ", ""},
    [JOBS_KIND] = {"kind", " and kind = ", ""},
    [JOBS_SUBJECT] = {"subject", " and lower(subject collate \"C\") = lower(", "::text collate \"C\")"},
    [JOBS_TASK] = {"task", " and task_id = ", "::bigint"},
    [JOBS_CREATED_GTE] = {"created_at__gte", " and created_at >= ", "::timestamptz"},
    [JOBS_CREATED_LTE] = {"created_at__lte", " and created_at <= ", "::timestamptz"},
    [JOBS_FINISHED_GTE] = {"finished_at__gte", " and finished_at >= ", "::timestamptz"},
    [JOBS_FINISHED_LTE] = {"finished_at__lte", " and finished_at <= ", "::timestamptz"},
    [JOBS_BELOW] = {NULL, " and id < ", "::bigint"},
};

const char *jobs_filter_name(enum jobs_filter_by by)
{
    return filters_by[by].name;
}

/* A state's or kind's name from our own tables: a caller's text never becomes part of a statement. NULL: unknown. */
static const char *name_of(const struct jobs_filter *filter)
{
    enum job_state state;
    enum job_kind kind;
    if (filter->by == JOBS_STATE && job_state_parse(filter->value.text, &state))
        return job_state_name(state);
    if (filter->by == JOBS_KIND && job_kind_parse(filter->value.text, &kind))
        return job_kind_name(kind);
    return NULL;
}

/* The parts of a statement. */
struct shape {
    slice clauses;
    bool open, over, few;
};

static void find_shape(const struct jobs_filter *filters, size_t n, struct shape *out)
{
    enum job_state state;
    *out = (struct shape){.open = true, .over = true};
    for (size_t i = 0; i < n; i++) {
        if (filters[i].by == JOBS_STATE && job_state_parse(filters[i].value.text, &state))
            *(job_state_is_over(state) ? &out->open : &out->over) = false;
        out->few |= filters[i].by == JOBS_SUBJECT || filters[i].by == JOBS_TASK;
    }
}

static bool skip_mark(const char **at, const char *mark)
{
    size_t size = strlen(mark);
    bool is_there = strncmp(*at, mark, size) == 0;
    *at += is_there ? size : 0;
    return is_there;
}

/* The statement with the clauses inserted, and without the excluded parts. */
static void put_statement(struct buf *sql, const char *text, const struct shape *shape)
{
    while (*text) {
        if (skip_mark(&text, "/*filters*/"))
            buf_put(sql, shape->clauses.ptr, shape->clauses.len);
        else if (skip_mark(&text, "/*fence*/"))
            buf_puts(sql, shape->few ? "offset 0" : "");
        else if ((skip_mark(&text, "/*open*/") && !shape->open) ||
                 (skip_mark(&text, "/*over*/") && !shape->over) ||
                 (skip_mark(&text, "/*both*/") && !(shape->open && shape->over)))
            text = strstr(text, "/*.*/");
        else if (*text)
            buf_putc(sql, *text++);
    }
}

static bool run_filtered(struct db *db, enum query q, const struct db_arg *args, size_t n_args,
                         const struct jobs_filter *filters, size_t n_filters, struct db_rows *rows_out,
                         struct err *err)
{
    struct db_arg all[JOBS_N_FILTERS + 2];
    struct shape shape;
    assert(n_args <= 2 && n_filters <= JOBS_N_FILTERS);
    memcpy(all, args, n_args * sizeof *args);
    AUTO_BUF clauses = {0};
    for (size_t i = 0; i < n_filters; i++) {
        const char *name = name_of(&filters[i]);
        buf_puts(&clauses, filters_by[filters[i].by].before);
        if (name) {
            buf_printf(&clauses, "'%s'", name);
        } else {
            all[n_args++] = filters[i].value;
            buf_printf(&clauses, "$%zu", n_args);
        }
        buf_puts(&clauses, filters_by[filters[i].by].after);
    }
    find_shape(filters, n_filters, &shape);
    shape.clauses = buf_slice(&clauses);
    AUTO_BUF sql = {0};
    put_statement(&sql, query_table[q].text, &shape);
    return db_run_text_by_value(db, buf_slice(&sql), all, n_args, rows_out, err);
}

/* Without filters, or with only a position in the list, the primary key finds the newest. */
static bool only_below(const struct jobs_filter *filters, size_t n)
{
    return n == 0 || (n == 1 && filters[0].by == JOBS_BELOW);
}

bool jobs_view_page(struct db *db, const struct jobs_filter *filters, size_t n_filters, int64_t n,
                    int64_t skip, struct db_rows *rows_out, struct err *err)
{
    const struct db_arg args[] = {DB_I64(n), DB_I64(skip)};
    enum query q = only_below(filters, n_filters) ? Q_jobs_view_newest : Q_jobs_view_page;
    return run_filtered(db, q, args, 2, filters, n_filters, rows_out, err);
}

bool jobs_view_count(struct db *db, const struct jobs_filter *filters, size_t n_filters, int64_t *count_out,
                     struct err *err)
{
    const struct db_arg args[] = {DB_I64(JOBS_MAX_COUNTED + 1)};
    enum query q = n_filters ? Q_jobs_view_count : Q_jobs_view_count_all;
    AUTO_ROWS rows = {0};
    if (!run_filtered(db, q, args, 1, filters, n_filters, &rows, err))
        return false;
    *count_out = db_i64(&rows, 0, COL_jobs_view_count_n);
    return true;
}

bool jobs_view_one(struct db *db, int64_t id, struct db_rows *rows_out, struct err *err)
{
    return db_run(db, Q_jobs_view_one, rows_out, err, DB_I64(id));
}

/* ---- rows ---- */

#define PER_PAGE 100

/* page: the one it continues with. count: of the list, according to the profile. */
static slice progress_of(struct arena *a, int64_t page, int64_t count)
{
    if (page < 1)
        return (slice){NULL, 0};
    int64_t of = (count + PER_PAGE - 1) / PER_PAGE;
    if (of < page)
        return slice_of(arena_printf(a, "continues with page %lld", (long long)page));
    return slice_of(
        arena_printf(a, "continues with page %lld of about %lld", (long long)page, (long long)of));
}

void job_from_row(const struct db_rows *rows, int row, struct arena *a, struct job_record *out)
{
    *out = (struct job_record){
        .id = maybe_number(rows, row, COL_jobs_view_page_id),
        .kind = db_text(rows, row, COL_jobs_view_page_kind),
        .subject = db_text(rows, row, COL_jobs_view_page_subject),
        .state = db_text(rows, row, COL_jobs_view_page_state),
        .priority = maybe_number(rows, row, COL_jobs_view_page_priority),
        .attempt = maybe_number(rows, row, COL_jobs_view_page_attempt),
        .created_at = maybe_time(rows, row, COL_jobs_view_page_created_at),
        .run_at = maybe_time(rows, row, COL_jobs_view_page_run_at),
        .started_at = maybe_time(rows, row, COL_jobs_view_page_started_at),
        .finished_at = maybe_time(rows, row, COL_jobs_view_page_finished_at),
        .pages = maybe_number(rows, row, COL_jobs_view_page_pages),
        .records = maybe_number(rows, row, COL_jobs_view_page_records),
        .cost = maybe_number(rows, row, COL_jobs_view_page_cost),
        .error = db_text(rows, row, COL_jobs_view_page_error),
        .note = db_text(rows, row, COL_jobs_view_page_note),
        .task_id = maybe_number(rows, row, COL_jobs_view_page_task_id),
    };
    if (out->finished_at.known)
        out->run_at.known = false;
    else
        out->progress = progress_of(a, db_i64(rows, row, COL_jobs_view_page_page),
                                    db_i64(rows, row, COL_jobs_view_page_pages_in_all));
}

bool jobs_view_login(struct db *db, const struct job_record *job, struct arena *a, const char **login_out,
                     struct err *err)
{
    AUTO_ROWS rows = {0};
    enum job_kind kind;
    slice subject = job->subject, owner;
    *login_out = NULL;
    if (!job_kind_parse(job->kind, &kind))
        return true;
    if (kind == JOB_FULL_PROFILE_SYNC || kind == JOB_FULL_REPOSITORY_SYNC) {
        if (slice_split(&subject, '/', &owner) && owner.len)
            *login_out = arena_dup(a, owner);
        return true;
    }
    if (!db_run(db, Q_jobs_view_login, &rows, err, DB_I64(job->id.value)))
        return false;
    if (rows.n)
        *login_out = arena_dup(a, db_text(&rows, 0, COL_jobs_view_login_login));
    return true;
}
