#include "schema/report/report_json.h"
#include "schema/report/why.h"
#include <stdio.h>

static void put_count(struct jw *w, const char *key, int64_t count)
{
    jw_key(w, key);
    if (count < 0)
        jw_null(w);
    else
        jw_i64(w, count);
}

static void put_plan(struct jw *w, const struct why *y)
{
    jw_key(w, "plan");
    if (!y->planned) {
        jw_null(w);
        return;
    }
    jw_object(w);
    jw_kcstr(w, "reason", y->reason);
    report_put_time(w, "last_at", y->last_ms);
    report_put_time(w, "next_at", y->next_ms);
    jw_kbool(w, "due", y->due);
    jw_ki64(w, "walks", y->walks);
    jw_ki64(w, "changes", y->changes);
    put_count(w, "followers_count", y->counts[0]);
    put_count(w, "following_count", y->counts[1]);
    put_count(w, "public_repos", y->counts[2]);
    jw_end_object(w);
}

static void put_sync(struct jw *w, const struct why_sync *s)
{
    jw_object(w);
    jw_ki64(w, "job", s->job_id);
    jw_ki64(w, "task", s->task_id);
    jw_kcstr(w, "state", job_state_name(s->state));
    jw_kbool(w, "by_discovery", s->by_discovery);
    jw_kbool(w, "asked", s->asked);
    jw_kcstr(w, "requested_by", s->requested_by);
    report_put_time(w, "created_at", s->created_ms);
    report_put_time(w, "started_at", s->started_ms);
    report_put_time(w, "finished_at", s->finished_ms);
    report_put_time(w, "run_at", s->run_ms);
    jw_kcstr(w, "note", s->note);
    jw_kcstr(w, "error", s->error);
    jw_ki64(w, "jobs", s->n_jobs);
    jw_ki64(w, "open_jobs", s->n_open);
    jw_ki64(w, "pages", s->pages);
    jw_ki64(w, "records", s->records);
    jw_ki64(w, "cost", s->cost);
    jw_kcstr(w, "lists", s->trouble);
    jw_ki64(w, "hydration_jobs_of_task", s->n_hydrations);
    jw_ki64(w, "hydration_cost_of_task", s->hydration_cost);
    jw_end_object(w);
}

void why_write(struct jw *w, const struct why *y)
{
    char id[24]; /* a string, as in the records of the API */
    snprintf(id, sizeof id, "%lld", (long long)y->github_id);
    jw_object(w);
    jw_kcstr(w, "github_id", id);
    jw_kcstr(w, "login", y->login);
    jw_kcstr(w, "type", y->type);
    report_put_time(w, "first_seen_at", y->first_seen_ms);
    report_put_time(w, "synced_at", y->synced_ms);
    report_put_time(w, "gone_at", y->gone_ms);
    jw_kcstr(w, "gone_reason", y->gone_reason);
    jw_kcstr(w, "met_through", y->met_through);
    jw_kcstr(w, "first_requested_by", y->first_requested_by);
    put_plan(w, y);
    jw_kobject(w, "known");
    jw_ki64(w, "followers", y->followers);
    jw_ki64(w, "following", y->following);
    jw_ki64(w, "stars", y->stars);
    jw_ki64(w, "repositories", y->repositories);
    jw_end_object(w);
    jw_karray(w, "syncs");
    for (size_t i = 0; i < y->n_syncs; i++)
        put_sync(w, &y->syncs[i]);
    jw_end_array(w);
    jw_end_object(w);
}
