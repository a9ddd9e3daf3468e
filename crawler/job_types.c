/* The table of all kinds of jobs, below; and the kinds that send no requests to GitHub: discovery_scraper, heart_beat_task, noop. */
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
        !work_finish(w, db, n ? NULL : "no developer needs a sync", 0, (int64_t)n, err) ||
        !work_commit(w, db, err))
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

const struct job_type job_types[JOB_N_KINDS] = {
    [JOB_FULL_PROFILE_SYNC] = {JOB_FULL_PROFILE_SYNC, profile_begin, profile_answer, NULL},
    [JOB_FULL_REPOSITORY_SYNC] = {JOB_FULL_REPOSITORY_SYNC, repository_begin, repository_answer, NULL},
    [JOB_DISCOVERY_SCRAPER] = {JOB_DISCOVERY_SCRAPER, discovery_begin, NULL, NULL},
    [JOB_HEART_BEAT_TASK] = {JOB_HEART_BEAT_TASK, heart_beat_begin, NULL, NULL},
    [JOB_DEVELOPER_FOLLOWERS] = {JOB_DEVELOPER_FOLLOWERS, list_job_begin, list_job_answer, NULL},
    [JOB_DEVELOPER_FOLLOWING] = {JOB_DEVELOPER_FOLLOWING, list_job_begin, list_job_answer, NULL},
    [JOB_DEVELOPER_STARRED] = {JOB_DEVELOPER_STARRED, list_job_begin, list_job_answer, NULL},
    [JOB_DEVELOPER_REPOSITORIES] = {JOB_DEVELOPER_REPOSITORIES, list_job_begin, list_job_answer, NULL},
    [JOB_REPOSITORY_STARGAZERS] = {JOB_REPOSITORY_STARGAZERS, list_job_begin, list_job_answer, NULL},
    [JOB_REPOSITORY_STAR_HISTORY] = {JOB_REPOSITORY_STAR_HISTORY, star_history_begin, star_history_answer,
                                     NULL},
    [JOB_HYDRATE_DEVELOPERS] = {JOB_HYDRATE_DEVELOPERS, hydrate_begin, hydrate_answer, hydrate_failed},
    [JOB_HYDRATE_REPOSITORIES] = {JOB_HYDRATE_REPOSITORIES, hydrate_begin, hydrate_answer, hydrate_failed},
    [JOB_HYDRATE_RECORDS] = {JOB_HYDRATE_RECORDS, hydrate_begin, hydrate_answer, hydrate_failed},
    [JOB_SAMPLE] = {JOB_SAMPLE, sample_begin, sample_answer, NULL},
    [JOB_CENSUS] = {JOB_CENSUS, census_begin, census_answer, NULL},
    [JOB_NOOP] = {JOB_NOOP, noop_begin, NULL, NULL},
};

static const struct job_group profiles = {profile_prepare, profile_saves, profile_save},
                              lists_of_developers = {list_prepare, list_saves, list_save},
                              lists_of_repositories = {list_prepare, list_saves, list_save};
const struct job_group *const job_groups[JOB_N_KINDS] = {
    [JOB_FULL_PROFILE_SYNC] = &profiles,
    [JOB_DEVELOPER_FOLLOWERS] = &lists_of_developers,
    [JOB_DEVELOPER_FOLLOWING] = &lists_of_developers,
    [JOB_REPOSITORY_STARGAZERS] = &lists_of_developers,
    [JOB_DEVELOPER_STARRED] = &lists_of_repositories,
    [JOB_DEVELOPER_REPOSITORIES] = &lists_of_repositories,
};
