/* One field of a developer's or repository's history as a chart. */
#include "api/charts/drawing.h"
#include "api/charts/history_params.h"
#include "api/charts/subject.h"

static size_t read_field(const struct request *rq, enum record_kind kind, struct param_errors *errors)
{
    slice name = slice_trim(params_get(&rq->params, "field"));
    size_t n;
    const struct history_field *fields = history_fields(kind, &n);
    if (name.len == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (slice_eq(name, slice_of(fields[i].name)))
            return i;
    AUTO_BUF text = {0};
    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "%s%s", i ? ", " : "Choose from: ", fields[i].name);
    buf_putc(&text, '.');
    param_errors_add(errors, SLICE("field"), arena_dup(rq->arena, buf_slice(&text)));
    return 0;
}

static struct chart_series series_of(struct arena *a, const struct history *history, size_t field)
{
    struct chart_point *points = arena_array(a, history->n, sizeof *points);
    size_t n = 0;
    for (size_t i = 0; i < history->n; i++)
        if (history->points[i].values[field].known)
            points[n++] =
                (struct chart_point){history->points[i].day, history->points[i].values[field].value};
    return (struct chart_series){.name = history->name, .points = points, .n = n};
}

/* A description for screen readers. */
static slice describe(struct arena *a, const struct history *history, const struct history_field *field,
                      enum day_interval interval, const struct chart_series *series)
{
    char from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE], first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
    const char *span = arena_printf(a, "%s by %s, %s to %s.", field->name, day_interval_name(interval),
                                    day_text(history->from, from), day_text(history->to, to));
    if (series->n == 0)
        return slice_of(arena_printf(a, "%s Nothing was observed.", span));
    const struct chart_point *p = series->points, *end = &p[series->n - 1], *high = p;
    for (size_t i = 0; i < series->n; i++)
        if (p[i].y > high->y)
            high = &p[i];
    return slice_of(
        arena_printf(a, "%s First %lld on %s, last %lld on %s, at most %lld; %zu point%s observed.", span,
                     (long long)p->y, day_text(p->x, first), (long long)end->y, day_text(end->x, last),
                     (long long)high->y, series->n, series->n == 1 ? "" : "s"));
}

static void draw(struct request *rq, struct response *rs, const struct history *history,
                 const struct history_query *query, size_t field, struct chart *chart)
{
    size_t n;
    const struct history_field *what = &history_fields(query->kind, &n)[field];
    struct chart_series series = series_of(rq->arena, history, field);
    chart->series = &series;
    chart->n_series = 1;
    chart->dates = true;
    chart->bars = what->flow;
    chart->title = slice_of(arena_printf(rq->arena, "%.*s: %s", SLICE_ARG(history->name), what->name));
    chart->heading = slice_of(arena_printf(rq->arena, "%.*s: %s", SLICE_ARG(history->name), what->words));
    chart->description = describe(rq->arena, history, what, query->interval, &series);
    drawing_reply(rq, rs, chart);
}

static bool read_fitting(struct request *rq, struct history_query *query, bool bars, struct history *out,
                         struct err *err)
{
    if (!history_read(rq->db, rq->arena, query, out, err))
        return false;
    if (!bars || !out->found || params_get(&rq->params, "interval").len)
        return true;
    query->interval = history_interval_of_bars(out->n);
    return query->interval == DAY_BY_DAY || history_read(rq->db, rq->arena, query, out, err);
}

bool handle_history_svg(struct request *rq, struct response *rs, struct err *err)
{
    struct param_errors errors = {0};
    struct history_query query = {.kind = subject_kind(rq->route)};
    struct history history = {0};
    struct chart chart = {0};
    bool answered;
    size_t n, field = read_field(rq, query.kind, &errors);
    history_read_span(rq, &query, &errors);
    drawing_read(rq, &chart, &errors);
    if (!subject_find(rq, rs, &query.github_id, &answered, err))
        return false;
    if (answered)
        return true;
    if (query.github_id &&
        !read_fitting(rq, &query, history_fields(query.kind, &n)[field].flow, &history, err))
        return false;
    request_end_db(rq);
    history.found = history.found && subject_is_shown(rq, &history);
    if (history.found && !errors.n)
        history_check_span(&query, true, &history, &errors);
    /* A client without credentials must not learn which records are stored. */
    if (!history.found && !subject_all_shown(rq))
        reply_unauthorized(rq, rs);
    else if (errors.n)
        reply_param_errors(rq, rs, &errors);
    else if (!history.found)
        reply_detail(rq, rs, 404, "Not found.");
    else
        draw(rq, rs, &history, &query, field, &chart);
    return true;
}
