/* The jobs that ask GitHub nothing: discovery_scraper, heart_beat_task, noop. And the table of all kinds. */
#include "crawler/crawler_private.h"
#include "crawler/jobs.h"

static struct job_request profile_request(const struct work *w, const struct frontier_pick *pick)
{
    log_info("discovery.picked", L_STR("login", pick->login), L_STR("why", pick->reason));
    return (struct job_request){
        .kind = JOB_FULL_PROFILE_SYNC,
        .subject = pick->login,
        .task_id = w->job.task_id,
        .priority = PRIORITY_DISCOVERY,
    };
}

static bool enqueue_profiles(struct work *w, struct db *db, const struct frontier_pick *picks, size_t n,
                             struct err *err)
{
    struct job_request *requests = arena_array(w->arena, n, sizeof *requests);
    for (size_t i = 0; i < n; i++)
        requests[i] = profile_request(w, &picks[i]);
    return jobs_enqueue_many(db, requests, n, w->arena, err);
}

enum step discovery_begin(struct work *w, struct db *db, struct err *err)
{
    const struct cursor *args = cursor_read(w->job.args, w->arena);
    int64_t count = cursor_i64(args, "count", work_config(w)->discovery_count);
    struct frontier_pick *picks;
    size_t n;
    if (!work_open(w, db, err) || !hydration_adopt(db, w->job.task_id, err) ||
        !frontier_pick(db, (int)count, w->arena, &picks, &n, err) ||
        !enqueue_profiles(w, db, picks, n, err) ||
        !work_finish(w, db, n ? NULL : "nobody needs a sync", 0, (int64_t)n, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

enum step heart_beat_begin(struct work *w, struct db *db, struct err *err)
{
    log_info("ping", L_I64("job", w->job.id));
    return work_end(w, db, NULL, err);
}

enum step noop_begin(struct work *w, struct db *db, struct err *err)
{
    struct job_batch *batch = w->state;
    struct job_progress *ends = arena_array(w->arena, batch->n, sizeof *ends);
    for (size_t i = 0; i < batch->n; i++)
        ends[i].job = &batch->jobs[i];
    if (jobs_finish(db, ends, batch->n, w->arena, err))
        return STEP_DONE;
    for (size_t i = 1; i < batch->n; i++) /* the first one is the work's own job */
        crawler_note_unreturned_lease(w->crawler, &batch->jobs[i]);
    batch->n = 1;
    return STEP_TROUBLE;
}

#define LIST_STEPS(kind, group)                                                                              \
    {                                                                                                        \
        kind, group, list_job_begin, list_job_answer, NULL, list_prepare, list_saves, list_save              \
    }
#define HYDRATE_STEPS(k)                                                                                     \
    {                                                                                                        \
        .kind = (k), .begin = hydrate_begin, .answer = hydrate_answer, .failed = hydrate_failed              \
    }
const struct job_type job_types[JOB_N_KINDS] = {
    [JOB_FULL_PROFILE_SYNC] = {JOB_FULL_PROFILE_SYNC, GROUP_PROFILES, profile_begin, profile_answer, NULL,
                               profile_prepare, profile_saves, profile_save},
    [JOB_FULL_REPOSITORY_SYNC] = {.kind = JOB_FULL_REPOSITORY_SYNC,
                                  .begin = repository_begin,
                                  .answer = repository_answer},
    [JOB_DISCOVERY_SCRAPER] = {.kind = JOB_DISCOVERY_SCRAPER, .begin = discovery_begin},
    [JOB_HEART_BEAT_TASK] = {.kind = JOB_HEART_BEAT_TASK, .begin = heart_beat_begin},
    [JOB_DEVELOPER_FOLLOWERS] = LIST_STEPS(JOB_DEVELOPER_FOLLOWERS, GROUP_DEVELOPERS),
    [JOB_DEVELOPER_FOLLOWING] = LIST_STEPS(JOB_DEVELOPER_FOLLOWING, GROUP_DEVELOPERS),
    [JOB_DEVELOPER_STARRED] = LIST_STEPS(JOB_DEVELOPER_STARRED, GROUP_REPOSITORIES),
    [JOB_DEVELOPER_REPOSITORIES] = LIST_STEPS(JOB_DEVELOPER_REPOSITORIES, GROUP_REPOSITORIES),
    [JOB_REPOSITORY_STARGAZERS] = LIST_STEPS(JOB_REPOSITORY_STARGAZERS, GROUP_DEVELOPERS),
    [JOB_REPOSITORY_STAR_HISTORY] = {.kind = JOB_REPOSITORY_STAR_HISTORY,
                                     .begin = star_history_begin,
                                     .answer = star_history_answer},
    [JOB_HYDRATE_DEVELOPERS] = HYDRATE_STEPS(JOB_HYDRATE_DEVELOPERS),
    [JOB_HYDRATE_REPOSITORIES] = HYDRATE_STEPS(JOB_HYDRATE_REPOSITORIES),
    [JOB_HYDRATE_RECORDS] = HYDRATE_STEPS(JOB_HYDRATE_RECORDS),
    [JOB_NOOP] = {.kind = JOB_NOOP, .begin = noop_begin},
};
