/* monitoring: what monitoring wants to know of the database. The only caller of monitoring.sql. Lives in the arena. */
#pragma once
#include "core/model/job.h"
#include "schema/db/db.h"

struct monitoring_quota {
    slice credential, resource;
    int64_t limit, remaining;
    double resets_at_s; /* Unix; 0: not known */
};
struct monitoring_outcome {
    int64_t worker;
    slice kind, outcome;
    int64_t n;
};
struct monitoring_workers {
    slice kind;
    int64_t n;
    double silent_s; /* since the last sign of life of any */
};

struct monitoring {
    struct {
        int64_t n;
        double oldest_s; /* available: due for so long; running: at work for so long; else 0 */
    } jobs[JOB_N_STATES];
    struct monitoring_quota *quotas;
    struct monitoring_outcome *outcomes; /* of GitHub's answers, since each process started */
    struct monitoring_workers *workers;
    size_t n_quotas, n_outcomes, n_workers;
};
MUST_CHECK bool monitoring_read(struct db *db, struct arena *a, struct monitoring *out, struct err *err);
