/* sample: the ids of a sample (schema/queue/samples.h), a hundred a point of GraphQL. The steps are those of job_hydrate.c; REST
 * would cost a unit an id, so it is not used. */
#include "crawler/jobs.h"
#include "schema/queue/samples.h"

static bool next(struct work *w, struct db *db, int most, struct stub **stubs_out, size_t *n_out,
                 bool *graphql_out, struct err *err)
{
    return samples_stubs(db, w->job.subject, most, w->arena, stubs_out, n_out, err) &&
           work_graphql_possible(w, db, graphql_out, err);
}

static bool settle(struct work *w, struct db *db, const struct stub *stubs, size_t n, size_t *n_found,
                   struct err *err)
{
    for (size_t i = 0; i < n; i++)
        *n_found += stubs[i].state == STUB_FOUND;
    return samples_answered(db, w->job.subject, w->job.task_id, stubs, n, w->arena, err);
}

static enum step finish(struct work *w, struct db *db, struct err *err)
{
    if (!work_open(w, db, err) || !samples_finish(db, w->job.subject, err) ||
        !work_finish(w, db, NULL, 0, 0, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

const struct stub_source sample_source = {next, settle, finish};

enum step sample_needs_graphql(struct work *w)
{
    enum step step = work_put_back(
        w, 0, WAIT_BACKOFF,
        "a sample needs GraphQL: set GITHUB_TOKEN for the crawlers, and GITHUB_HYDRATION to auto; "
        "where GitHub refused GraphQL, gitomatic retry-capabilities tries it again");
    w->gives_up = true;
    return step;
}

bool sample_learned_nothing(const struct stub *stubs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (stubs[i].state == STUB_FOUND || stubs[i].state == STUB_MISSING)
            return false;
    return true;
}

enum step sample_begin(struct work *w, struct db *db, struct err *err)
{
    return hydrate_begin(w, db, err);
}

enum step sample_answer(struct work *w, struct db *db, struct err *err)
{
    return hydrate_answer(w, db, err);
}
