#include "api/metrics.h"
#include "api/routes.h"
#include "core/model/job.h"

/* A label's value: what stands inside the quotes. */
static void put_label(struct buf *out, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"' || c == '\\')
            buf_putc(out, '\\');
        if (c == '\n')
            buf_puts(out, "\\n");
        else
            buf_putc(out, c);
    }
}

static bool put_jobs(struct request *rq, struct buf *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    int64_t counts[JOB_N_STATES] = {0};
    if (!browse_job_states(rq->db, &rows, err))
        return false;
    for (int i = 0; i < rows.n; i++) {
        enum job_state state;
        if (job_state_parse(db_text(&rows, i, 0), &state))
            counts[state] = db_i64(&rows, i, 1);
    }
    buf_puts(out, "# HELP gitomatic_jobs Jobs in the queue, by state.\n# TYPE gitomatic_jobs gauge\n");
    for (int i = 0; i < JOB_N_STATES; i++)
        buf_printf(out, "gitomatic_jobs{state=\"%s\"} %lld\n", job_state_name((enum job_state)i),
                   (long long)counts[i]);
    return true;
}

static void put_quota(struct buf *out, const char *name, const struct rate_limit_record *r, int64_t value)
{
    buf_printf(out, "%s{credential=\"", name);
    put_label(out, r->credential);
    buf_puts(out, "\",resource=\"");
    put_label(out, r->resource);
    buf_printf(out, "\"} %lld\n", (long long)value);
}

static bool put_quotas(struct request *rq, struct buf *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct rate_limit_record r;
    if (!browse_rate_limits(rq->db, NULL, 0, 1000, 0, &rows, err))
        return false;
    buf_puts(out, "# HELP gitomatic_github_rate_limit GitHub's quota, by credential and resource.\n"
                  "# TYPE gitomatic_github_rate_limit gauge\n");
    for (int i = 0; i < rows.n; i++) {
        rate_limit_from_row(&rows, i, &r);
        put_quota(out, "gitomatic_github_rate_limit", &r, r.rate_limit.value);
    }
    buf_puts(out, "# HELP gitomatic_github_rate_remaining What is left of it.\n"
                  "# TYPE gitomatic_github_rate_remaining gauge\n");
    for (int i = 0; i < rows.n; i++) {
        rate_limit_from_row(&rows, i, &r);
        put_quota(out, "gitomatic_github_rate_remaining", &r, r.rate_remaining.value);
    }
    return true;
}

static void put_pool(struct buf *out, const char *name, struct db_pool *pool)
{
    int open, busy, max;
    db_pool_stats(pool, &open, &busy, &max);
    buf_printf(out, "gitomatic_db_connections{pool=\"%s\",state=\"open\"} %d\n", name, open);
    buf_printf(out, "gitomatic_db_connections{pool=\"%s\",state=\"busy\"} %d\n", name, busy);
    buf_printf(out, "gitomatic_db_connections{pool=\"%s\",state=\"max\"} %d\n", name, max);
}

bool handle_metrics(struct request *rq, struct response *rs, struct err *err)
{
    struct buf *out = &rs->body;
    buf_reset(out);
    rs->status = 200;
    rs->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(rq->api->metrics, out);
    buf_puts(out, "# HELP gitomatic_db_connections Connections to PostgreSQL.\n"
                  "# TYPE gitomatic_db_connections gauge\n");
    put_pool(out, "read", rq->api->read->pool);
    if (rq->api->write != rq->api->read)
        put_pool(out, "write", rq->api->write->pool);
    return put_jobs(rq, out, err) && put_quotas(rq, out, err);
}
