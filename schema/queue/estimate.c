/* Estimates a task's cost from what is known: lists may have grown since, and unchanged pages cost nothing. */
#include "core/base/clock.h"
#include "core/config/config.h"
#include "schema/queue/tasks.h"
#include <math.h>

#define STRANGER_HIGH 405 /* for an unknown developer: a profile, and four lists of about a hundred pages */
#define UNIT_MS       100 /* per request; several are in flight, but there are waits */
#define WINDOW_MS     (60 * 60 * 1000)
#define FORESEEN      1000000000 /* units: 23 years of one token; beyond that no end is estimated */

static int64_t pages(int64_t n)
{
    return n <= 0 ? 1 : n / 100 + (n % 100 != 0);
}

static bool estimate_profile(struct db *db, const struct task *task, struct task_estimate *out,
                             struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_estimate_developer, &rows, err, DB_CSTR(task->subject)))
        return false;
    if (!rows.n) {
        out->core.low = 1, out->core.high = STRANGER_HIGH;
        out->graphql.high = STRANGER_HIGH;
        return true;
    }
    int64_t listed = 0;
    out->core.low = out->core.high = 1;
    static const int columns[] = {COL_estimate_developer_followers, COL_estimate_developer_following,
                                  COL_estimate_developer_repositories, COL_estimate_developer_stars};
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        int64_t n = db_i64(&rows, 0, columns[i]);
        out->core.low += pages(n);
        out->core.high += pages(n + n / 4 + 100);
        listed += n;
    }
    if (db_bool(&rows, 0,
                COL_estimate_developer_was_read)) /* read before: a page that has not changed costs nothing */
        out->core.low = 0;
    out->graphql.high = pages(listed + listed / 4 + 100) + 4;
    return true;
}

static bool estimate_repository(struct db *db, const struct task *task, struct task_estimate *out,
                                struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_estimate_repository, &rows, err, DB_CSTR(task->subject)))
        return false;
    int64_t stars = rows.n ? db_i64(&rows, 0, COL_estimate_repository_stargazers) : 40000;
    out->core.low = rows.n && db_bool(&rows, 0, COL_estimate_repository_was_read) ? 0 : 1;
    out->core.high = 4 + 2 * pages(stars + 100); /* stargazers and the star history, if GitHub allows them */
    out->graphql.high = 2 + pages(stars + 100);
    return true;
}

static bool estimate_sample(struct db *db, const struct task *task, struct task_estimate *out,
                            struct err *err)
{
    int64_t to, n = task->sample.n;
    if (!samples_frame(db, task->sample.kind, &to, err))
        return false;
    n = pages(to && n > to ? to : n);
    out->graphql.low = n;
    out->graphql.high = n + (n + 9) / 10; /* some queries are too large for GitHub and are split */
    return true;
}

/* Ids above the frame do not exist yet; of a range that begins there nothing is known. */
bool tasks_census_end(struct db *db, const struct census_request *c, int64_t *to_out, struct err *err)
{
    int64_t frame;
    if (!samples_frame(db, c->kind, &frame, err))
        return false;
    *to_out = frame >= c->from && frame < c->to ? frame : c->to;
    return true;
}

static bool estimate_census(struct db *db, const struct task *task, struct task_estimate *out,
                            struct err *err)
{
    const struct census_request *c = &task->census;
    AUTO_ROWS rows = {0};
    int64_t to;
    if (!tasks_census_end(db, c, &to, err) ||
        !db_run(db, Q_estimate_census, &rows, err, DB_I64(c->kind), DB_I64(c->from), DB_I64(to),
                DB_CSTR(census_list(c->kind))))
        return false;
    int64_t known = db_i64(&rows, 0, COL_estimate_census_known),
            remembered = db_i64(&rows, 0, COL_estimate_census_remembered);
    int64_t ids = to == CENSUS_OPEN ? known : to - c->from + 1;
    out->core.low = known ? pages(known) - remembered : 1;
    if (out->core.low < 0)
        out->core.low = 0;
    out->core.high = pages(ids) + pages(ids) / 16 + 2; /* if every id exists; slices may share a page */
    out->has_end = to != CENSUS_OPEN && out->core.high <= FORESEEN;
    return true;
}

/* When so many units will have been available. */
static int64_t end_of(int64_t now, int64_t units, int64_t left, int64_t limit, int64_t reset_ms)
{
    if (units <= left)
        return now + units * UNIT_MS;
    int64_t windows = (units - left + limit - 1) / limit;
    int64_t reset = reset_ms > now ? reset_ms : now;
    return reset + (windows - 1) * WINDOW_MS + ((units - left - 1) % limit + 1) * UNIT_MS;
}

/* Sets the end if it can be estimated (out->has_end). */
static bool find_end(struct db *db, int64_t threshold, int64_t share, struct task_estimate *out,
                     struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_estimate_quota, &rows, err, DB_I64(threshold), DB_I64(share)))
        return false;
    bool has_graphql = db_i64(&rows, 0, COL_estimate_quota_graphql_limit) > 0;
    if (!has_graphql && out->graphql.high && !out->graphql.low) { /* details one by one */
        out->core.high += out->graphql.high * 100;
        out->graphql.high = 0;
    }
    int64_t now = clock_wall_ms(), core = db_i64(&rows, 0, COL_estimate_quota_core_limit),
            graphql = db_i64(&rows, 0, COL_estimate_quota_graphql_limit);
    out->has_end = out->has_end && (core > 0 || !out->core.high) && (has_graphql || !out->graphql.high);
    if (!out->has_end)
        return true;
    int64_t first = core ? end_of(now, out->core.high, db_i64(&rows, 0, COL_estimate_quota_core_left), core,
                                  db_time(&rows, 0, COL_estimate_quota_core_reset))
                         : now;
    int64_t second = has_graphql
                         ? end_of(now, out->graphql.high, db_i64(&rows, 0, COL_estimate_quota_graphql_left),
                                  graphql, db_time(&rows, 0, COL_estimate_quota_graphql_reset))
                         : now;
    out->ends_at_ms = first > second ? first : second;
    return true;
}

bool tasks_census_left(struct db *db, int64_t task_id, int64_t to, int64_t threshold, bool *known_out,
                       struct census_left *out, struct err *err)
{
    AUTO_ROWS rows = {0}, quota = {0};
    *known_out = false;
    if (to == CENSUS_OPEN)
        return true;
    if (!db_run(db, Q_census_left, &rows, err, DB_I64(task_id), DB_I64(to)) ||
        !db_run(db, Q_estimate_quota, &quota, err, DB_I64(threshold), DB_I64(0)))
        return false;
    double ids = (double)db_i64(&rows, 0, COL_census_left_ids),
           left = (double)db_i64(&rows, 0, COL_census_left_ids_left),
           pages = (double)db_i64(&rows, 0, COL_census_left_pages),
           cost = (double)db_i64(&rows, 0, COL_census_left_cost);
    *known_out = pages > 0 && left > 0 && left < ids;
    if (!*known_out)
        return true;
    double pages_left = ceil(left * pages / (ids - left));
    int64_t now = clock_wall_ms(), limit = db_i64(&quota, 0, COL_estimate_quota_core_limit);
    *out = (struct census_left){.to = to,
                                .share_pc = (int64_t)(100 * (ids - left) / ids),
                                .pages = (int64_t)pages_left,
                                .units = (int64_t)ceil(pages_left * cost / pages)};
    if (limit > 0 && out->units <= FORESEEN)
        out->quota_ms = end_of(now, out->units, db_i64(&quota, 0, COL_estimate_quota_core_left), limit,
                               db_time(&quota, 0, COL_estimate_quota_core_reset)) -
                        now;
    return true;
}

bool tasks_estimate(struct db *db, const struct task *task, const struct config *cfg,
                    struct task_estimate *out, struct err *err)
{
    bool ok = true;
    int64_t share = 0;
    *out = (struct task_estimate){.has_end = true};
    switch (task->kind) {
    case JOB_FULL_PROFILE_SYNC:
        ok = estimate_profile(db, task, out, err);
        break;
    case JOB_FULL_REPOSITORY_SYNC:
        ok = estimate_repository(db, task, out, err);
        break;
    case JOB_SAMPLE:
        ok = estimate_sample(db, task, out, err);
        break;
    case JOB_CENSUS:
        ok = estimate_census(db, task, out, err);
        break;
    default: /* discovery: unknown profiles */
        out->core.high = cfg->discovery_count * STRANGER_HIGH;
        out->graphql.high = cfg->discovery_count * STRANGER_HIGH;
        share = cfg->discovery_quota_share;
    }
    return ok && find_end(db, cfg->rate_limit_stop_threshold, share, out, err);
}
