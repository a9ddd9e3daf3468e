/* monitoring: what monitoring wants to know of the database. The only caller of monitoring.sql. Lives in the arena. */
#pragma once
#include "core/model/job.h"
#include "schema/db/db.h"
#include "schema/report/status.h"

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
struct figure_credential {
    slice label;
    double benched_s, blocked_s; /* how long it stays out of use; 0: it is in use */
};

struct monitoring {
    struct {
        int64_t n;
        double oldest_s;  /* available: due for so long; running: at work; scheduled: known; else 0 */
        double overdue_s; /* scheduled: how long ago the first should have become available */
    } jobs[JOB_N_STATES];
    struct status_counts counts;
    int64_t hydration_queue, schema_version;
    int64_t webhooks_well, webhooks_failing, webhooks_stopped, dead_letters;
    double last_discovery_s; /* Unix; 0: none is remembered */
    double lag_s;            /* of the replica that was asked; a primary: 0 */
    struct figure_credential *credentials;
    struct monitoring_quota *quotas;
    struct monitoring_outcome *outcomes; /* of GitHub's answers, since each process started */
    struct monitoring_workers *workers;
    size_t n_credentials, n_quotas, n_outcomes, n_workers;
};
MUST_CHECK bool monitoring_read(struct db *db, struct arena *a, struct monitoring *out, struct err *err);
