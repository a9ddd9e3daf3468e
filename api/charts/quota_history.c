/* Samples of GitHub's quota, one every five minutes, with what it was spent on: JSON, CSV and NDJSON. */
#include "api/request/param_errors.h"
#include "api/request/value.h"
#include "api/resources/render.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/base/csv.h"
#include "core/base/day.h"
#include "schema/queue/quota.h"

#define LONGEST_DATE 10 /* "2026-01-31" */

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

static void put_sample(struct jw *w, const struct quota_sample *sample)
{
    jw_object(w);
    render_time(w, "at", (struct maybe){true, sample->at_ms});
    jw_kstr(w, "credential", sample->credential);
    jw_kstr(w, "resource", sample->resource);
    render_number(w, "rate_limit", (struct maybe){sample->rate_limit >= 0, sample->rate_limit});
    render_number(w, "rate_remaining", (struct maybe){sample->rate_remaining >= 0, sample->rate_remaining});
    jw_key(w, "spent");
    jw_object(w);
    jw_ki64(w, "people", sample->people);
    jw_ki64(w, "discovery", sample->discovery);
    jw_ki64(w, "mirror", sample->mirror);
    jw_end_object(w);
    jw_end_object(w);
}

static void put_record(struct csv *csv, const struct quota_sample *sample)
{
    char text[CLOCK_ISO_SIZE];
    csv_text(csv, slice_of(clock_iso(sample->at_ms, text)));
    csv_text(csv, sample->credential);
    csv_text(csv, sample->resource);
    for (int i = 0; i < 2; i++) {
        int64_t value = i ? sample->rate_remaining : sample->rate_limit;
        if (value >= 0)
            csv_i64(csv, value);
        else
            csv_null(csv);
    }
    csv_i64(csv, sample->people);
    csv_i64(csv, sample->discovery);
    csv_i64(csv, sample->mirror);
    csv_end(csv);
}

static void put_answer(struct request *rq, struct response *rs, const struct db_rows *rows)
{
    struct jw w;
    struct csv csv;
    struct quota_sample sample;
    if (rq->form == FORM_JSON) {
        reply_json(rq, rs, &w);
        jw_object(&w);
        jw_key(&w, "samples");
        jw_array(&w);
    } else {
        reply_text(rs, rq->form == FORM_CSV ? "text/csv; charset=utf-8" : "application/x-ndjson");
        csv_init(&csv, &rs->body);
        if (rq->form == FORM_CSV)
            buf_puts(&rs->body,
                     "at,credential,resource,rate_limit,rate_remaining,people,discovery,mirror\r\n");
    }
    for (int i = rows->n - 1; i >= 0; i--) {
        quota_sample_from_row(rows, i, &sample);
        if (rq->form == FORM_CSV) {
            put_record(&csv, &sample);
            continue;
        }
        if (rq->form == FORM_NDJSON)
            jw_init(&w, &rs->body, 0);
        put_sample(&w, &sample);
        if (rq->form == FORM_NDJSON)
            buf_putc(&rs->body, '\n');
    }
    if (rq->form == FORM_JSON) {
        jw_end_array(&w);
        jw_end_object(&w);
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
    if (since > until)
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
    put_answer(rq, rs, &rows);
    return true;
}
