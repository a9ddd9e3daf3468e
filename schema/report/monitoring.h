/* monitoring: the database's metrics. The only caller of monitoring.sql. Results are in the arena. */
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
    double silent_s; /* since the last heartbeat of any */
};
struct figure_credential {
    slice label;
    double benched_s, blocked_s; /* how long it stays suspended or paused; 0: it is in use */
    double ends_s;               /* Unix: when its token expires; 0: not known to */
};

struct monitoring {
    struct {
        int64_t n;
        double
            oldest_s; /* available: since it is due; running: since its start; scheduled: since it was enqueued; else 0 */
        double overdue_s; /* scheduled: how long ago the first should have become available */
    } jobs[JOB_N_STATES];
    struct status_counts counts;
    int64_t hydration_queue, schema_version;
    int64_t webhooks_well, webhooks_failing, webhooks_stopped, dead_letters;
    double last_discovery_s; /* Unix; 0: none is stored */
    double lag_s;            /* of the replica; a primary: 0 */
    struct figure_credential *credentials;
    struct monitoring_quota *quotas;
    struct monitoring_outcome *outcomes; /* of GitHub's answers, since each process started */
    struct monitoring_workers *workers;
    size_t n_credentials, n_quotas, n_outcomes, n_workers;
};
MUST_CHECK bool monitoring_read(struct db *db, struct arena *a, struct monitoring *out, struct err *err);
