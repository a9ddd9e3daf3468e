/* Samples of GitHub's ids: what they found, and the estimate for all ids; their members are lists like others. */
#include "schema/queue/samples.h"
#include "api/request/paging.h"
#include "api/resources/list.h"
#include "api/resources/stream.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/model/names.h"
#include "core/model/sample.h"

static const char *path_of(const struct request *rq, const struct sample *s, const char *below)
{
    return arena_printf(rq->arena, "/github/samples/%.*s/%s", SLICE_ARG(s->name), below);
}

static const char *members_path(const struct request *rq, const struct sample *s)
{
    return path_of(rq, s, s->kind == RECORD_DEVELOPER ? "developers/" : "repositories/");
}

static void put_sample(struct jw *w, const struct request *rq, const struct sample *s)
{
    struct sample_share share = sample_estimate(s->asked, s->found, s->frame_to);
    jw_object(w);
    jw_kstr(w, "name", s->name);
    jw_key(w, "url");
    link_put(w, rq, path_of(rq, s, ""));
    jw_kcstr(w, "kind", record_kind_word(s->kind));
    jw_kobject(w, "frame");
    jw_ki64(w, "from", 1);
    jw_ki64(w, "to", s->frame_to);
    jw_end_object(w);
    jw_ki64(w, "seed", s->seed);
    jw_ki64(w, "drawn", s->drawn);
    jw_ki64(w, "asked", s->asked);
    jw_ki64(w, "found", s->found);
    jw_key(w, "share");
    if (s->asked)
        jw_f64(w, share.share);
    else
        jw_null(w);
    jw_karray(w, "interval");
    jw_f64(w, share.low);
    jw_f64(w, share.high);
    jw_end_array(w);
    jw_key(w, "created_at");
    jw_time(w, s->created_at_ms);
    render_time(w, "finished_at", (struct maybe){s->finished_at_ms != 0, s->finished_at_ms});
    jw_key(w, "members_url");
    link_put(w, rq, members_path(rq, s));
    jw_end_object(w);
}

/* ---- CSV and NDJSON: all samples ---- */

#define STREAM_BATCH 500

/* Numbers of frame and interval have columns of their own. */
static const char *const csv_columns[] = {"name", "url",   "kind",       "from",        "to",
                                          "seed", "drawn", "asked",      "found",       "share",
                                          "low",  "high",  "created_at", "finished_at", "members_url"};

static void put_csv_head(struct csv *csv)
{
    for (size_t i = 0; i < ARRAY_LEN(csv_columns); i++)
        csv_text(csv, slice_of(csv_columns[i]));
    csv_end(csv);
}

static void csv_link(struct csv *csv, const struct request *rq, const char *path)
{
    AUTO_BUF text = {0};
    struct jw w;
    jw_init(&w, &text, 0);
    link_put(&w, rq, path);
    csv_text(csv, slice_from(text.ptr + 1, text.len - 2)); /* addresses have nothing that JSON escapes */
}

static void csv_real(struct csv *csv, double value)
{
    AUTO_BUF text = {0};
    struct jw w;
    jw_init(&w, &text, 0);
    jw_f64(&w, value);
    csv_text(csv, buf_slice(&text));
}

static void csv_moment(struct csv *csv, int64_t at_ms)
{
    char iso[CLOCK_ISO_SIZE];
    if (at_ms)
        csv_text(csv, slice_of(clock_iso(at_ms, iso)));
    else
        csv_null(csv);
}

static void put_csv_row(struct csv *csv, const struct request *rq, const struct sample *s)
{
    struct sample_share share = sample_estimate(s->asked, s->found, s->frame_to);
    csv_text(csv, s->name);
    csv_link(csv, rq, path_of(rq, s, ""));
    csv_text(csv, slice_of(record_kind_word(s->kind)));
    csv_i64(csv, 1);
    csv_i64(csv, s->frame_to);
    csv_i64(csv, s->seed);
    csv_i64(csv, s->drawn);
    csv_i64(csv, s->asked);
    csv_i64(csv, s->found);
    if (s->asked)
        csv_real(csv, share.share);
    else
        csv_null(csv);
    csv_real(csv, share.low);
    csv_real(csv, share.high);
    csv_moment(csv, s->created_at_ms);
    csv_moment(csv, s->finished_at_ms);
    csv_link(csv, rq, members_path(rq, s));
    csv_end(csv);
}

static bool batch(struct stream *s, bool *over_out, struct err *err)
{
    int64_t *done = s->own, n = s->left < STREAM_BATCH ? s->left : STREAM_BATCH;
    struct sample sample;
    struct jw w;
    AUTO_ROWS rows = {0};
    if (!samples_list(s->db, (slice){NULL, 0}, n, *done, &rows, err))
        return false;
    if (*done == 0 && s->rq.form == FORM_CSV)
        put_csv_head(&s->csv);
    for (int i = 0; i < rows.n; i++) {
        sample_from_row(&rows, i, &sample);
        if (s->rq.form == FORM_CSV) {
            put_csv_row(&s->csv, &s->rq, &sample);
            continue;
        }
        jw_init(&w, s->out, 0);
        put_sample(&w, &s->rq, &sample);
        buf_putc(s->out, '\n');
    }
    *done += rows.n;
    s->left -= rows.n;
    *over_out = rows.n < n;
    return true;
}

static bool answer_stream(struct request *rq, struct response *rs, struct err *err)
{
    struct stream *s = stream_begin(rq, rs, 0, err);
    if (!s)
        return err->code == ERR_NONE;
    int64_t *done = arena_alloc(s->keep, sizeof *done);
    *done = 0;
    s->begun = true; /* the columns are not those of the route's shape */
    stream_ready(s, rq, rs, batch, done);
    return true;
}

bool handle_samples(struct request *rq, struct response *rs, struct err *err)
{
    struct paging paging;
    struct sample sample;
    AUTO_ROWS rows = {0};
    struct jw w;
    if (stream_wanted(rq))
        return answer_stream(rq, rs, err);
    if (!paging_numbered(rq, rs, samples_count, &paging, err))
        return err->code == ERR_NONE;
    if (!samples_list(rq->db, (slice){NULL, 0}, paging.size, (paging.page - 1) * paging.size, &rows, err))
        return false;
    reply_json(rq, rs, &w);
    paging_begin(&w, rq, rs, &paging);
    for (int i = 0; i < rows.n; i++) {
        sample_from_row(&rows, i, &sample);
        put_sample(&w, rq, &sample);
    }
    paging_end(&w);
    return true;
}

/* One row, or none with a 404. */
static bool find(struct request *rq, struct response *rs, struct db_rows *rows, struct sample *out,
                 struct err *err)
{
    if (sample_name_ok(rq->args[0]) && !samples_list(rq->db, rq->args[0], 1, 0, rows, err))
        return false;
    if (rows->n)
        sample_from_row(rows, 0, out);
    else
        reply_detail(rq, rs, 404, "Not found.");
    return true;
}

bool handle_sample(struct request *rq, struct response *rs, struct err *err)
{
    struct sample sample;
    AUTO_ROWS rows = {0};
    struct jw w;
    if (!find(rq, rs, &rows, &sample, err))
        return false;
    if (!rows.n)
        return true;
    reply_json(rq, rs, &w);
    put_sample(&w, rq, &sample);
    return true;
}

static bool answer_members(struct request *rq, struct response *rs, enum record_kind kind, struct err *err)
{
    struct sample sample;
    AUTO_ROWS rows = {0};
    if (!find(rq, rs, &rows, &sample, err))
        return false;
    if (!rows.n)
        return true;
    if (sample.kind != kind) {
        reply_detail(rq, rs, 404, "Not found.");
        return true;
    }
    rq->sample = rq->args[0];
    return list_answer(rq, rs, err);
}

bool handle_sample_developers(struct request *rq, struct response *rs, struct err *err)
{
    return answer_members(rq, rs, RECORD_DEVELOPER, err);
}

bool handle_sample_repositories(struct request *rq, struct response *rs, struct err *err)
{
    return answer_members(rq, rs, RECORD_REPOSITORY, err);
}
