/* status: numbers of records and the running work, in one read. For people and monitoring, not for decisions: the parts are
 * read one after the other, not in one snapshot. */
#pragma once
#include "core/model/job.h"
#include "schema/db/db.h"
#include "schema/queue/schedule.h"

struct status_counts {
    int64_t developers_known, developers_synced, repositories_known, repositories_synced, follows, stars;
};

struct status_quota {
    const char *credential, *resource;
    int64_t rate_limit, rate_remaining, rate_reset_raw;
    int64_t rate_reset_ms; /* 0: not known */
};

struct status_worker {
    int64_t id, pid;
    const char *kind, *host;
    int64_t started_at_ms, heartbeat_at_ms;
    slice info; /* JSON; ptr NULL: none */
};

struct status_credential {
    const char *label, *kind, *login, *scopes; /* login, scopes NULL: not known */
    int64_t suspended_until_ms;                /* 0: in use */
    const char *suspended_why;                 /* NULL unless suspended */
    int64_t blocked_until_ms;                  /* a secondary limit; 0: none */
    int64_t blocks;                            /* secondary limits in a row */
    bool unlimited;                            /* the server has no rate limit (GHES) */
    int64_t ends_at_ms;                        /* when its token expires; 0: not known to */
};

/* The observed access to an endpoint that GitHub restricts. */
struct status_capability {
    const char *credential, *endpoint;
    bool allowed;
    int64_t status; /* of HTTP */
    int64_t checked_at_ms, next_check_at_ms;
};

/* The conditions that block work. */
struct status_blocked {
    int64_t n_waiting,
        resumes_at_ms;     /* jobs that wait for quota, and when the first of them continues (0: none) */
    int64_t away_since_ms; /* GitHub does not answer a crawler; 0: it does */
    const char *away_url, *away_why; /* with it */
};

struct status {
    int64_t jobs[JOB_N_STATES];
    struct status_counts counts;
    int64_t last_discovery_ms; /* 0: none is stored */
    struct status_quota *quotas;
    size_t n_quotas;
    struct schedule_entry *entries;
    size_t n_entries;
    struct status_worker *workers;
    size_t n_workers;
    struct status_credential *credentials; /* in use; if no process runs: the last ones in use */
    size_t n_credentials;
    struct status_capability *capabilities; /* of these credentials */
    size_t n_capabilities;
    struct status_blocked blocked;
};

/* All of it, exact; strings live in the arena. */
MUST_CHECK bool status_read(struct db *db, struct arena *a, struct status *out, struct err *err);

/* The parts whose cost does not depend on the number of records: all but jobs, counts and capabilities. */
MUST_CHECK bool status_brief(struct db *db, struct arena *a, struct status *out, struct err *err);

/* For a line every few seconds. */
struct status_progress {
    struct status_counts counts;
    int64_t open_jobs, stubs_waiting, requests; /* requests: of the crawlers, each since it started */
    bool has_quota;
    int64_t rate_limit, rate_remaining,
        rate_reset_ms; /* core of all credentials in use together; the first reset */
    struct status_credential *credentials;
    size_t n_credentials;
    struct status_blocked blocked;
};
MUST_CHECK bool status_progress(struct db *db, struct arena *a, struct status_progress *out, struct err *err);

/* Single parts. *at_ms_out 0: none is stored. */
MUST_CHECK bool status_counts(struct db *db, struct status_counts *out, struct err *err);
MUST_CHECK bool status_last_discovery(struct db *db, int64_t *at_ms_out, struct err *err);
/* The first credential's first. */
MUST_CHECK bool status_quotas(struct db *db, struct arena *a, struct status_quota **out, size_t *n_out,
                              struct err *err);

struct status_error {
    const char *kind, *subject, *error;
};
/* The newest failed jobs, at most n; in the arena. */
MUST_CHECK bool status_errors(struct db *db, struct arena *a, int n, struct status_error **out, size_t *n_out,
                              struct err *err);
