#include "schema/queue/census.h"
#include "core/model/names.h"
#include <stdio.h>

const char *census_list(enum record_kind kind)
{
    return kind == RECORD_DEVELOPER ? "census_users" : "census_repositories";
}

static struct job_request job_of(const struct census_request *c, int priority, struct arena *a)
{
    const char *what = record_kind_word(c->kind);
    char *args = arena_printf(a, "{\"kind\": %d, \"from\": %lld, \"to\": %lld}", (int)c->kind,
                              (long long)c->from, (long long)c->to);
    return (struct job_request){
        .kind = JOB_CENSUS,
        .subject = c->to == CENSUS_OPEN
                       ? arena_printf(a, "%s from %lld", what, (long long)c->from)
                       : arena_printf(a, "%s from %lld to %lld", what, (long long)c->from, (long long)c->to),
        .priority = priority,
        .args = slice_of(args)};
}

/* With discovery's priority: it takes the share of the quota that discovery has. */
bool census_request(struct db *db, const struct census_request *request, int64_t *job_id_out, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct job_request job = job_of(request, PRIORITY_DISCOVERY, a);
    return jobs_enqueue(db, &job, job_id_out, NULL, err) && jobs_notify(db, err);
}

bool census_slice(struct db *db, const struct census_request *slice_, int64_t task_id, int priority,
                  struct arena *a, struct err *err)
{
    struct job_request job = job_of(slice_, priority, a);
    job.task_id = task_id;
    return jobs_enqueue_many(db, &job, 1, a, err) && jobs_notify(db, err);
}
