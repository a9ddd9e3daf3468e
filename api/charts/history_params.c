#include "api/charts/history_params.h"
#include "api/charts/columns.h"
#include "api/request/value.h"

#define DAY_EXPECTED "Enter a valid date."

static int64_t read_day(const struct request *rq, const char *name, struct param_errors *errors)
{
    int64_t at_ms;
    bool fraction;
    slice text = params_get(&rq->params, name);
    if (text.len == 0)
        return HISTORY_OPEN;
    if (value_time(text, &at_ms, &fraction))
        return day_of_ms(at_ms);
    param_errors_add(errors, slice_of(name), DAY_EXPECTED);
    return HISTORY_OPEN;
}

void history_read_days(const struct request *rq, struct history_query *out, struct param_errors *errors)
{
    out->from = read_day(rq, "from", errors);
    out->to = read_day(rq, "to", errors);
    if (out->from != HISTORY_OPEN && out->to != HISTORY_OPEN && out->from > out->to)
        param_errors_add(errors, SLICE("from"), "Enter a date that is not after to.");
}

void history_read_span(const struct request *rq, struct history_query *out, struct param_errors *errors)
{
    slice interval = slice_trim(params_get(&rq->params, "interval"));
    history_read_days(rq, out, errors);
    out->interval = DAY_BY_DAY;
    if (interval.len && !day_interval_parse(interval, &out->interval))
        param_errors_add(errors, SLICE("interval"), "Choose from: day, week, month.");
}

unsigned history_read_fields(const struct request *rq, enum record_kind kind, struct param_errors *errors)
{
    size_t n;
    const struct history_field *fields = history_fields(kind, &n);
    const char **names = arena_array(rq->arena, n + 1, sizeof *names);
    names[0] = "day"; /* always there */
    for (size_t i = 0; i < n; i++)
        names[i + 1] = fields[i].name;
    return columns_read(rq, names, n + 1, errors) >> 1;
}

void history_check_span(const struct history_query *query, bool has_interval, const struct history *history,
                        struct param_errors *errors)
{
    static const char *const too_long[][2] = {
        {"Enter an earlier date: at most 15,000 points are returned.",
         "Enter an earlier date, or a longer interval: at most 15,000 points are returned."},
        {"Enter a later date: at most 15,000 points are returned.",
         "Enter a later date, or a longer interval: at most 15,000 points are returned."}};
    bool by_from = query->from != HISTORY_OPEN || query->to == HISTORY_OPEN;
    if (history->from > history->to)
        param_errors_add(errors, SLICE("from"), "Enter a date that is not after to, or after today.");
    else if (history->too_long)
        param_errors_add(errors, by_from ? SLICE("from") : SLICE("to"), too_long[by_from][has_interval]);
}
