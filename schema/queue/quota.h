/* quota: GitHub's quota as every process shares it in PostgreSQL. See quota.sql for the arithmetic. */
#pragma once
#include "schema/db/db.h"

MUST_CHECK bool quota_register(struct db *db, const char *label, const char *kind, int position,
                               struct err *err);

struct quota_grant {
    int64_t units;
    int64_t wait_ms;      /* when none were granted */
    bool unlimited;       /* the server sends no rate headers */
    bool exhausted;       /* waiting means waiting for the window's end */
    int64_t limit;        /* -1: not known */
    int64_t spare;        /* what may be handed out until the window ends; -1: not known */
    int64_t full;         /* the same of a whole window */
    int64_t resets_in_ms; /* -1: not known, or over */
};
/* What a lease leaves of each window: so many units, and so many percent of the limit on top of them. */
struct quota_floor {
    int64_t units, percent;
};
MUST_CHECK bool quota_lease(struct db *db, int64_t worker, const char *credential, const char *resource,
                            int64_t want, struct quota_floor floor, struct quota_grant *out, struct err *err);

struct quota_report {
    int64_t used, unseen; /* units answers accounted for; of these, without rate headers */
    bool observed;        /* the fields below came with an answer */
    bool unlimited;       /* an answer came without rate headers, none with */
    int64_t limit, remaining, reset_s, reset_in_ms;
};
MUST_CHECK bool quota_settle(struct db *db, int64_t worker, const char *credential, const char *resource,
                             const struct quota_report *report, struct err *err);
MUST_CHECK bool quota_return(struct db *db, int64_t worker, const char *credential, const char *resource,
                             int64_t units, struct err *err);

/* A secondary limit: nobody uses the credential for so long. */
MUST_CHECK bool quota_block(struct db *db, const char *credential, int64_t wait_ms, struct err *err);
MUST_CHECK bool quota_unblock(struct db *db, const char *credential, struct err *err);
/* A 401: the credential rests. */
MUST_CHECK bool quota_suspend(struct db *db, const char *credential, int hours, const char *why,
                              struct err *err);
MUST_CHECK bool quota_held(struct db *db, const char *credential, int64_t *for_ms_out, int *blocks_out,
                           struct err *err);
#define QUOTA_CHANNEL "gitomatic_quota"
MUST_CHECK bool quota_identity(struct db *db, const char *credential, const char *login, const char *scopes,
                               struct err *err);
/* As any process learned them; NULL: not known, or the credential has none. */
MUST_CHECK bool quota_scopes(struct db *db, const char *credential, struct arena *a, const char **scopes_out,
                             struct err *err);

/* What was learned of an endpoint: *allowed_out is true when nothing is known or it is time to try again. */
MUST_CHECK bool quota_may_try(struct db *db, const char *credential, const char *endpoint, bool *allowed_out,
                              struct err *err);
/* *known_out: anything was learned that is not too old; *allowed_out: what. */
MUST_CHECK bool quota_learned(struct db *db, const char *credential, const char *endpoint, bool *known_out,
                              bool *allowed_out, struct err *err);
MUST_CHECK bool quota_learn(struct db *db, const char *credential, const char *endpoint, bool allowed,
                            int status, int retry_hours, struct err *err);
/* A 404 of one repository's list proves nothing: *refused_out when another repository, which is there, answered so before. */
MUST_CHECK bool quota_missed(struct db *db, const char *credential, const char *endpoint,
                             int64_t repository_github_id, bool *refused_out, struct err *err);
/* All that was refused, to any credential, may be asked again. How much that is. */
MUST_CHECK bool quota_retry_capabilities(struct db *db, int64_t *n_out, struct err *err);
/* Tells the others that there is one more to share with. */
MUST_CHECK bool quota_newcomer(struct db *db, struct err *err);
MUST_CHECK bool quota_crawlers(struct db *db, int64_t *n_out, struct err *err);
/* All that use our credentials: crawlers, and mirrors that lend them. */
MUST_CHECK bool quota_sharers(struct db *db, int64_t *n_out, struct err *err);
