/* Values of a developer or repository by day, week or month: JSON, CSV and NDJSON. */
#include "api/charts/history_params.h"
#include "api/charts/subject.h"
#include "api/resources/render.h"
#include "api/resources/stream.h"
#include "core/base/csv.h"

struct answer {
    const struct history_query *query;
    const struct history *history;
    const struct history_field *fields;
    size_t n_fields;
    unsigned chosen; /* a bit each */
    size_t n;        /* of the history's points: of a table, up to ?limit= */
};

static bool is_chosen(const struct answer *a, size_t field)
{
    return a->chosen >> field & 1;
}

static void put_day(struct jw *w, const char *key, int64_t day)
{
    char text[DAY_TEXT_SIZE];
    jw_kcstr(w, key, day_text(day, text));
}

static void put_point(struct jw *w, const struct answer *a, const struct history_point *point)
{
    jw_object(w);
    put_day(w, "day", point->day);
    for (size_t i = 0; i < a->n_fields; i++)
        if (is_chosen(a, i))
            render_number(w, a->fields[i].name, point->values[i]);
    jw_end_object(w);
}

static void put_json(struct request *rq, struct response *rs, const struct answer *a)
{
    struct jw w;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_key(&w, "url");
    link_put_below(&w, rq, a->query->kind, a->query->github_id, "history/");
    jw_karray(&w, "fields");
    for (size_t i = 0; i < a->n_fields; i++)
        if (is_chosen(a, i))
            jw_cstr(&w, a->fields[i].name);
    jw_end_array(&w);
    jw_kcstr(&w, "interval", day_interval_name(a->query->interval));
    put_day(&w, "from", a->history->from);
    put_day(&w, "to", a->history->to);
    jw_kobject(&w, "sources");
    for (size_t i = 0; i < a->n_fields; i++)
        if (is_chosen(a, i))
            jw_kcstr(&w, a->fields[i].name, a->history->sources[i]);
    jw_end_object(&w);
    jw_karray(&w, "points");
    for (size_t i = 0; i < a->history->n; i++)
        put_point(&w, a, &a->history->points[i]);
    jw_end_array(&w);
    jw_end_object(&w);
}

static void put_ndjson(struct response *rs, const struct answer *a)
{
    struct jw w;
    reply_text(rs, "application/x-ndjson");
    for (size_t i = 0; i < a->n; i++) {
        jw_init(&w, &rs->body, 0);
        put_point(&w, a, &a->history->points[i]);
        buf_putc(&rs->body, '\n');
    }
}

static void put_csv(struct response *rs, const struct answer *a)
{
    struct csv csv;
    char text[DAY_TEXT_SIZE];
    reply_text(rs, "text/csv; charset=utf-8");
    csv_init(&csv, &rs->body);
    csv_text(&csv, SLICE("day"));
    for (size_t i = 0; i < a->n_fields; i++)
        if (is_chosen(a, i))
            csv_text(&csv, slice_of(a->fields[i].name));
    csv_end(&csv);
    for (size_t p = 0; p < a->n; p++) {
        const struct history_point *point = &a->history->points[p];
        csv_text(&csv, slice_of(day_text(point->day, text)));
        for (size_t i = 0; i < a->n_fields; i++) {
            if (!is_chosen(a, i))
                continue;
            if (point->values[i].known)
                csv_i64(&csv, point->values[i].value);
            else
                csv_null(&csv);
        }
        csv_end(&csv);
    }
}

bool handle_history(struct request *rq, struct response *rs, struct err *err)
{
    struct param_errors errors = {0};
    struct history_query query = {.kind = subject_kind(rq->route)};
    struct history history = {0};
    struct answer answer = {.query = &query, .history = &history};
    bool answered;
    history_read_span(rq, &query, &errors);
    answer.chosen = history_read_fields(rq, query.kind, &errors);
    answer.fields = history_fields(query.kind, &answer.n_fields);
    if (errors.n) {
        reply_param_errors(rq, rs, &errors);
        return true;
    }
    if (!subject_find(rq, rs, &query.github_id, &answered, err) ||
        (!answered && query.github_id && !history_read(rq->db, rq->arena, &query, &history, err)))
        return false;
    request_end_db(rq);
    if (answered)
        return true;
    if (history.found)
        history_check_span(&query, true, &history, &errors);
    rq->subject = history.name;
    int64_t limit = stream_limit(rq);
    answer.n = (int64_t)history.n < limit ? history.n : (size_t)limit;
    if (!history.found)
        reply_detail(rq, rs, 404, "Not found.");
    else if (errors.n)
        reply_param_errors(rq, rs, &errors);
    else if (rq->form == FORM_CSV)
        put_csv(rs, &answer);
    else if (rq->form == FORM_NDJSON)
        put_ndjson(rs, &answer);
    else
        put_json(rq, rs, &answer);
    return true;
}
