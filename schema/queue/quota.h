/* quota: GitHub's quota, shared by all processes in PostgreSQL. See quota.sql for the arithmetic. On the connection's thread. */
#pragma once
#include "core/config/config.h"
#include "core/model/quota.h"
#include "schema/db/db.h"

MUST_CHECK bool quota_register(struct db *db, const char *label, const char *kind, int position,
                               struct err *err);

/* The same while a process runs: whether it uses an installation of a GitHub App, and so the other credentials beside it. */
MUST_CHECK bool quota_use(struct db *db, const char *label, const char *kind, int position, bool in_use,
                          struct err *err);

/* The ctx of quota_store's functions: leases of the shared quota. */
struct quota_ctx {
    const struct config *cfg;
    struct db *db;     /* NULL: unavailable; every call then fails with ERR_DB_DOWN */
    int64_t worker_id; /* the owner of the leases */
};
extern const struct quota_store quota_store;

/* The quota that discovery leaves in each window: units, plus a percentage of the limit. */
struct quota_floor {
    int64_t units, percent;
};

/* This process's share among all that use the same credentials: their number, and its requests in flight, 1 to `most`. Read
 * it again every few seconds, and after a notification (QUOTA_CHANNEL). */
MUST_CHECK bool quota_share(struct db *db, int most, int *n_processes_out, int *in_flight_out,
                            struct err *err);

/* Stores a sample of every bucket, at the first call in each five minutes. */
MUST_CHECK bool quota_sample(struct db *db, struct err *err);
#define QUOTA_MAX_SAMPLES 20000 /* a month of one credential has 17,280 */
struct quota_sample {
    int64_t at_ms;
    slice credential, resource;         /* borrowed from the rows */
    int64_t rate_limit, rate_remaining; /* -1: not known */
    int64_t people, discovery, mirror;  /* charged since the previous sample */
};
/* Newest first, at most QUOTA_MAX_SAMPLES. since, until: Unix ms, INT64_MIN and INT64_MAX: open. credential, resource: ptr NULL: any. */
MUST_CHECK bool quota_history(struct db *db, int64_t since_ms, int64_t until_ms, slice credential,
                              slice resource, struct db_rows *rows_out, struct err *err);
void quota_sample_from_row(const struct db_rows *rows, int row, struct quota_sample *out);

/* A secondary limit: no process uses the credential for wait_ms. */
MUST_CHECK bool quota_block(struct db *db, const char *credential, int64_t wait_ms, struct err *err);
/* The same if GitHub is unavailable for a given time; does not count as a secondary limit. */
MUST_CHECK bool quota_hold(struct db *db, const char *credential, int64_t wait_ms, struct err *err);
/* A primary limit: notifies other processes that nothing is left of the refusal's window, which ends at reset_s (GitHub's clock), in
 * reset_in_ms; limit -1: not in the answer; asked_ms as in the report. Others ignore it if a newer window or a higher limit is known;
 * *raised_out: because of the limit, so that the sender ignores it as well. */
MUST_CHECK bool quota_used_up(struct db *db, const char *credential, const char *resource,
                              const struct quota_report *refusal, bool *raised_out, struct err *err);
struct quota_used_up {
    slice credential, resource; /* in the rows */
    int64_t wait_ms;
};
/* Windows of which nothing is left; quota_used_up_from_row() reads each row. */
MUST_CHECK bool quota_used_up_now(struct db *db, struct db_rows *rows_out, struct err *err);
void quota_used_up_from_row(const struct db_rows *rows, int row, struct quota_used_up *out);
MUST_CHECK bool quota_unblock(struct db *db, const char *credential, struct err *err);
/* A 401: suspends the credential. */
MUST_CHECK bool quota_suspend(struct db *db, const char *credential, int hours, const char *why,
                              struct err *err);
MUST_CHECK bool quota_held(struct db *db, const char *credential, int64_t *for_ms_out, int *blocks_out,
                           struct err *err);
struct quota_hold {
    slice credential; /* in the rows */
    int64_t for_ms;   /* negative: since when it is over */
    int blocks;       /* secondary limits in a row */
};
/* All credentials that are, or were, paused; quota_hold_from_row() reads each row. */
MUST_CHECK bool quota_holds(struct db *db, struct db_rows *rows_out, struct err *err);
void quota_hold_from_row(const struct db_rows *rows, int row, struct quota_hold *out);
#define QUOTA_CHANNEL "gitomatic_quota"
/* Whether a message of the channel says that a limit was raised within its window, by any process's answer: what was denied may be
 * granted. */
bool quota_says_raised(const char *message);
MUST_CHECK bool quota_identity(struct db *db, const char *credential, const char *login, const char *scopes,
                               struct err *err);
/* Of any process's answers; NULL: not known, or the credential has none. */
MUST_CHECK bool quota_scopes(struct db *db, const char *credential, struct arena *a, const char **scopes_out,
                             struct err *err);

/* Whether to try an endpoint: *allowed_out is true if nothing is known or the next attempt is due. */
MUST_CHECK bool quota_may_try(struct db *db, const char *credential, const char *endpoint, bool *allowed_out,
                              struct err *err);
/* *known_out: there is a result that is not too old; *allowed_out: the result. */
MUST_CHECK bool quota_learned(struct db *db, const char *credential, const char *endpoint, bool *known_out,
                              bool *allowed_out, struct err *err);
MUST_CHECK bool quota_learn(struct db *db, const char *credential, const char *endpoint, bool allowed,
                            int status, int retry_hours, struct err *err);
/* A 404 of one repository's list proves nothing: *refused_out: another existing repository answered the same before. */
MUST_CHECK bool quota_missed(struct db *db, const char *credential, const char *endpoint,
                             int64_t repository_github_id, bool *refused_out, struct err *err);
/* Everything that was refused to any credential may be tried again. *n_out: the number of refusals. */
MUST_CHECK bool quota_retry_capabilities(struct db *db, int64_t *n_out, struct err *err);
/* Notifies the other processes of a new one to share with. */
MUST_CHECK bool quota_newcomer(struct db *db, struct err *err);
MUST_CHECK bool quota_crawlers(struct db *db, int64_t *n_out, struct err *err);
