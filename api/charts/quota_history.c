/* Samples of GitHub's quota, one every five minutes, with what it was spent on: JSON, CSV and NDJSON. */
#include "api/charts/columns.h"
#include "api/request/value.h"
#include "api/resources/stream.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/base/csv.h"
#include "core/base/day.h"
#include "schema/queue/quota.h"
#include <limits.h>

#define LONGEST_DATE 10 /* "2026-01-31" */

#define FIRST_SPENT 5 /* of the columns; in JSON they are members of `spent` */

/* A date as `to` includes that day. */
static int64_t read_time(struct request *rq, const char *name, int64_t otherwise, struct param_errors *errors)
{
    slice text = slice_trim(params_get(&rq->params, name));
    int64_t at_ms;
    bool fraction;
    if (text.len == 0)
        return otherwise;
    if (!value_time(text, &at_ms, &fraction)) {
        param_errors_add(errors, slice_of(name), "Enter a valid date/time.");
        return otherwise;
    }
    return otherwise == INT64_MAX ? at_ms + (text.len <= LONGEST_DATE ? DAY_MS : 1) : at_ms;
}

static void numbers_of(const struct quota_sample *sample, struct maybe out[ARRAY_LEN(quota_columns)])
{
    out[3] = (struct maybe){sample->rate_limit >= 0, sample->rate_limit};
    out[4] = (struct maybe){sample->rate_remaining >= 0, sample->rate_remaining};
    out[5] = (struct maybe){true, sample->people};
    out[6] = (struct maybe){true, sample->discovery};
    out[7] = (struct maybe){true, sample->mirror};
}

static void put_sample(struct jw *w, const struct quota_sample *sample, unsigned chosen)
{
    struct maybe numbers[ARRAY_LEN(quota_columns)];
    numbers_of(sample, numbers);
    jw_object(w);
    if (chosen & 1)
        render_time(w, quota_columns[0], (struct maybe){true, sample->at_ms});
    if (chosen & 2)
        jw_kstr(w, quota_columns[1], sample->credential);
    if (chosen & 4)
        jw_kstr(w, quota_columns[2], sample->resource);
    for (size_t i = 3; i < ARRAY_LEN(quota_columns); i++) {
        if (i == FIRST_SPENT && chosen >> i) {
            jw_kobject(w, "spent");
        }
        if (chosen >> i & 1)
            render_number(w, quota_columns[i], numbers[i]);
    }
    if (chosen >> FIRST_SPENT)
        jw_end_object(w);
    jw_end_object(w);
}

static void put_record(struct csv *csv, const struct quota_sample *sample, unsigned chosen)
{
    char text[CLOCK_ISO_SIZE];
    struct maybe numbers[ARRAY_LEN(quota_columns)];
    numbers_of(sample, numbers);
    if (chosen & 1)
        csv_text(csv, slice_of(clock_iso(sample->at_ms, text)));
    if (chosen & 2)
        csv_text(csv, sample->credential);
    if (chosen & 4)
        csv_text(csv, sample->resource);
    for (size_t i = 3; i < ARRAY_LEN(quota_columns); i++) {
        if (!(chosen >> i & 1))
            continue;
        if (numbers[i].known)
            csv_i64(csv, numbers[i].value);
        else
            csv_null(csv);
    }
    csv_end(csv);
}

static void put_json(struct request *rq, struct response *rs, const struct db_rows *rows)
{
    struct jw w;
    struct quota_sample sample;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_karray(&w, "samples");
    for (int i = rows->n - 1; i >= 0; i--) {
        quota_sample_from_row(rows, i, &sample);
        put_sample(&w, &sample, UINT_MAX);
    }
    jw_end_array(&w);
    jw_end_object(&w);
}

static void put_table(const struct request *rq, struct response *rs, unsigned chosen,
                      const struct db_rows *rows)
{
    struct jw w;
    struct csv csv;
    struct quota_sample sample;
    int64_t left = stream_limit(rq);
    reply_text(rs, rq->form == FORM_CSV ? "text/csv; charset=utf-8" : "application/x-ndjson");
    csv_init(&csv, &rs->body);
    for (size_t i = 0; i < ARRAY_LEN(quota_columns) && rq->form == FORM_CSV; i++)
        if (chosen >> i & 1)
            csv_text(&csv, slice_of(quota_columns[i]));
    if (rq->form == FORM_CSV)
        csv_end(&csv);
    for (int i = rows->n - 1; i >= 0 && left > 0; i--, left--) {
        quota_sample_from_row(rows, i, &sample);
        if (rq->form == FORM_CSV) {
            put_record(&csv, &sample, chosen);
            continue;
        }
        jw_init(&w, &rs->body, 0);
        put_sample(&w, &sample, chosen);
        buf_putc(&rs->body, '\n');
    }
}

static slice text_or_null(const struct request *rq, const char *name)
{
    slice text = params_get(&rq->params, name);
    return text.len ? text : (slice){NULL, 0};
}

bool handle_quota_history(struct request *rq, struct response *rs, struct err *err)
{
    struct param_errors errors = {0};
    AUTO_ROWS rows = {0};
    int64_t since = read_time(rq, "from", INT64_MIN, &errors),
            until = read_time(rq, "to", INT64_MAX, &errors);
    slice resource = text_or_null(rq, "resource");
    unsigned chosen = columns_read(rq, quota_columns, ARRAY_LEN(quota_columns), &errors);
    if (since >= until) /* `until` is past the last moment */
        param_errors_add(&errors, SLICE("from"), "Enter a time that is not after to.");
    if (resource.ptr && !slice_eq(resource, SLICE("core")) && !slice_eq(resource, SLICE("graphql")))
        param_errors_add(&errors, SLICE("resource"), "Choose from: core, graphql.");
    if (errors.n) {
        reply_param_errors(rq, rs, &errors);
        return true;
    }
    if (!quota_history(rq->db, since, until, text_or_null(rq, "credential"), resource, &rows, err))
        return false;
    request_end_db(rq);
    if (rq->form == FORM_JSON)
        put_json(rq, rs, &rows);
    else
        put_table(rq, rs, chosen, &rows);
    return true;
}
