/* How much is known, how it grew, what is under way. */
#include "schema/report/stats.h"
#include "api/resources/render.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/model/job.h"

static void put_time(struct jw *w, const char *key, int64_t at_ms)
{
    render_time(w, key, (struct maybe){at_ms != 0, at_ms});
}

static void put_records(struct jw *w, const char *key, int64_t known, int64_t synced)
{
    jw_key(w, key);
    jw_object(w);
    jw_ki64(w, "known", known);
    jw_ki64(w, "synced", synced);
    jw_end_object(w);
}

static void put_queue(struct jw *w, const struct stats *s)
{
    jw_key(w, "queue");
    jw_object(w);
    for (int i = 0; i < JOB_N_STATES; i++)
        jw_ki64(w, job_state_name((enum job_state)i),
                s->jobs[i] > STATS_MAX_JOBS ? STATS_MAX_JOBS : s->jobs[i]);
    jw_end_object(w);
    jw_key(w, "queue_capped");
    jw_array(w);
    for (int i = 0; i < JOB_N_STATES; i++)
        if (s->jobs[i] > STATS_MAX_JOBS)
            jw_cstr(w, job_state_name((enum job_state)i));
    jw_end_array(w);
}

static void put_quota(struct jw *w, const struct stats *s)
{
    jw_key(w, "quota");
    jw_array(w);
    for (size_t i = 0; i < s->n_quotas; i++) {
        const struct status_quota *q = &s->quotas[i];
        jw_object(w);
        jw_kcstr(w, "credential", q->credential);
        jw_kcstr(w, "resource", q->resource);
        jw_ki64(w, "rate_limit", q->rate_limit);
        jw_ki64(w, "rate_remaining", q->rate_remaining);
        put_time(w, "rate_reset", q->rate_reset_ms);
        jw_end_object(w);
    }
    jw_end_array(w);
}

static void put_day(struct jw *w, const struct stats_day *day)
{
    char date[CLOCK_ISO_SIZE];
    clock_iso(day->day_ms, date);
    jw_object(w);
    jw_kstr(w, "day", slice_from(date, sizeof "YYYY-MM-DD" - 1));
    jw_ki64(w, "developers", day->developers);
    jw_ki64(w, "developers_synced", day->developers_synced);
    jw_ki64(w, "developers_gone", day->developers_gone);
    jw_ki64(w, "repositories", day->repositories);
    jw_ki64(w, "repositories_synced", day->repositories_synced);
    jw_ki64(w, "repositories_gone", day->repositories_gone);
    jw_ki64(w, "follows", day->follows);
    jw_ki64(w, "follows_closed", day->follows_closed);
    jw_ki64(w, "stars", day->stars);
    jw_ki64(w, "stars_closed", day->stars_closed);
    jw_end_object(w);
}

bool handle_stats(struct request *rq, struct response *rs, struct err *err)
{
    struct stats *s = arena_alloc(rq->arena, sizeof *s);
    struct jw w;
    if (!stats_read(rq->db, rq->arena, s, err))
        return false;
    reply_json(rq, rs, &w);
    jw_object(&w);
    put_time(&w, "as_of", s->as_of_ms);
    put_time(&w, "last_change_at", s->last_change_ms);
    put_time(&w, "last_discovery_at", s->last_discovery_ms);
    put_records(&w, "developers", s->counts.developers_known, s->counts.developers_synced);
    put_records(&w, "repositories", s->counts.repositories_known, s->counts.repositories_synced);
    jw_ki64(&w, "follows", s->counts.follows);
    jw_ki64(&w, "stars", s->counts.stars);
    put_queue(&w, s);
    put_quota(&w, s);
    jw_key(&w, "growth");
    jw_array(&w);
    for (size_t i = 0; i < s->n_days; i++)
        put_day(&w, &s->days[i]);
    jw_end_array(&w);
    jw_end_object(&w);
    return true;
}
