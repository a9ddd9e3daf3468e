/* Numbers of records, their growth, the queue. */
#include "schema/report/stats.h"
#include "api/resources/render.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/model/job.h"
#include "schema/report/report_json.h"

static void put_queue(struct jw *w, const struct stats *s)
{
    jw_kobject(w, "queue");
    for (int i = 0; i < JOB_N_STATES; i++)
        jw_ki64(w, job_state_name((enum job_state)i),
                s->jobs[i] > STATS_MAX_JOBS ? STATS_MAX_JOBS : s->jobs[i]);
    jw_end_object(w);
    jw_karray(w, "queue_capped");
    for (int i = 0; i < JOB_N_STATES; i++)
        if (s->jobs[i] > STATS_MAX_JOBS)
            jw_cstr(w, job_state_name((enum job_state)i));
    jw_end_array(w);
}

static void put_quota(struct jw *w, const struct stats *s)
{
    jw_karray(w, "quota");
    for (size_t i = 0; i < s->n_quotas; i++) {
        report_put_quota(w, &s->quotas[i], false);
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
    report_put_time(&w, "as_of", s->as_of_ms);
    report_put_time(&w, "last_change_at", s->last_change_ms);
    report_put_time(&w, "last_discovery_at", s->last_discovery_ms);
    report_put_records(&w, "developers", s->counts.developers_known, s->counts.developers_synced);
    report_put_records(&w, "repositories", s->counts.repositories_known, s->counts.repositories_synced);
    jw_ki64(&w, "follows", s->counts.follows);
    jw_ki64(&w, "stars", s->counts.stars);
    put_queue(&w, s);
    put_quota(&w, s);
    jw_karray(&w, "growth");
    for (size_t i = 0; i < s->n_days; i++)
        put_day(&w, &s->days[i]);
    jw_end_array(&w);
    jw_end_object(&w);
    return true;
}
