/* quota: the data that the GitHub client and the store of quota exchange. The client (github/quota.h) spends units that it leases from
 * a store through `struct quota_store`; schema/queue/quota.h fills one from PostgreSQL, a unit test one from memory. Pure data. */
#pragma once
#include "core/base/err.h"

/* GitHub's limit of requests in flight over all processes, and the part of it that is reserved for a process that starts, until the
 * others know of it. docs.github.com, "Rate limits for the REST API", secondary limits. */
#define QUOTA_IN_FLIGHT     100
#define QUOTA_FOR_NEWCOMERS 8

/* A token that expires within this is warned of, with what to do. */
#define TOKEN_ENDS_SOON_MS (14 * 86400000ll)
#define TOKEN_ENDS_REMEDY                                                                                    \
    "make a new token at GitHub, put it into its file and send SIGHUP, or set it and restart"

/* What a unit is for. The store keeps a share of every window from background work, so units leased for it are kept
 * apart: background work never spends those of requested work; requested work may spend both. */
enum quota_purpose { QUOTA_ASKED, QUOTA_BACKGROUND, N_QUOTA_PURPOSES };

/* The answer to a lease. */
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

/* What answers said since the last report. */
struct quota_report {
    int64_t used, unseen; /* units answers accounted for; of these, without rate headers */
    int64_t spent
        [N_QUOTA_PURPOSES]; /* what GitHub charged, for the records: a 304 may be free, a unit given up is not counted */
    bool observed;  /* the fields below came with an answer */
    bool unlimited; /* answers came without rate headers, none with them */
    int64_t limit, remaining, reset_s, reset_in_ms;
    int64_t asked_ms,
        answered_ms; /* monotonic: when the request of that answer was sent, and when the answer was read */
};

/* ctx is what the caller of gh_quota_take gave (a connection). Called by any thread, by one at a time for a credential and resource. */
struct quota_store {
    bool (*lease)(void *ctx, const char *credential, const char *resource, enum quota_purpose purpose,
                  int64_t want, struct quota_grant *out, struct err *err);
    /* *raised_out: the limit is higher than it was known to be in the same window. */
    bool (*settle)(void *ctx, const char *credential, const char *resource, const struct quota_report *report,
                   bool *raised_out, struct err *err);
    bool (*give_back)(void *ctx, const char *credential, const char *resource, int64_t units,
                      struct err *err);
};
