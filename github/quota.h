/* quota: this process's view of the shared quota: units leased from the store in small blocks and spent here.
 *
 * Taking a unit is an atomic decrement: no lock and no round trip while the block lasts. A new block is one exchange
 * with the store (the seam), which also settles what answers told since the last one. Thread-safe. The set of credentials
 * is fixed for the life of the process, so the meters are an array that never moves. */
#pragma once
#include "github/credential.h"
#include "github/fetch.h"
#include "github/outcome.h"

enum gh_resource { GH_CORE, GH_GRAPHQL, GH_N_RESOURCES };
const char *gh_resource_name(enum gh_resource resource);

/* What a unit is for. The store keeps a share of every window from background work, so units leased for it are kept
 * apart: background work never spends those of asked-for work; asked-for work may spend both. */
enum gh_purpose { GH_ASKED, GH_BACKGROUND, GH_N_PURPOSES };

struct gh_grant {
    int64_t units, wait_ms;
    bool unlimited, exhausted;
    int64_t spare, full;  /* what may be leased until the window ends, and of a whole one; -1: not known */
    int64_t resets_in_ms; /* -1: not known */
};
struct gh_settlement {
    int64_t used, unseen;
    bool observed, unlimited;
    int64_t limit, remaining, reset_s, reset_in_ms;
};
/* The store's side. ctx is what the caller of gh_quota_take gave (a connection). */
struct gh_quota_store {
    bool (*lease)(void *ctx, const char *credential, const char *resource, enum gh_purpose purpose,
                  int64_t want, struct gh_grant *out, struct err *err);
    bool (*settle)(void *ctx, const char *credential, const char *resource, const struct gh_settlement *s,
                   struct err *err);
    bool (*give_back)(void *ctx, const char *credential, const char *resource, int64_t units,
                      struct err *err);
};

struct gh_quota;
struct gh_quota *gh_quota_create(const struct gh_credentials *credentials, struct gh_quota_store store);
void gh_quota_destroy(struct gh_quota *q);

enum gh_take {
    GH_TAKEN,
    GH_WAIT,      /* not now: *wait_ms_out says for how long */
    GH_EXHAUSTED, /* what the purpose may use of the primary limit is used up: *wait_ms_out until its reset */
};
/* One unit of the credential's resource. */
MUST_CHECK bool gh_quota_take(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                              enum gh_purpose purpose, void *ctx, enum gh_take *out, int64_t *wait_ms_out,
                              struct err *err);
/* Every unit taken comes back here once: with its answer's headers, or NULL when none came. any_answer: it was a sound one,
 * so the absence of rate headers means that the server has no limit. */
void gh_quota_answered(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                       const struct gh_headers *headers, bool any_answer);
/* A unit taken whose request was never sent. */
void gh_quota_unused(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                     enum gh_purpose purpose);
/* GitHub said that nothing is left: leased units are void, nothing is asked of the store for so long. */
void gh_quota_exhausted(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                        int64_t wait_ms);
/* Tells the store what answers said; with give_back also returns unspent units. Call every second or so. */
MUST_CHECK bool gh_quota_flush(struct gh_quota *q, void *ctx, bool give_back, struct err *err);

/* This process is another one to the store from now on, which gives others what the old one had: unspent units are void. */
void gh_quota_void(struct gh_quota *q);

/* Nobody here uses the credential for so long, or longer where that was said before (a secondary limit, a 401). */
void gh_quota_hold(struct gh_quota *q, const struct gh_credential *c, int64_t for_ms);
int64_t gh_quota_held_ms(struct gh_quota *q, const struct gh_credential *c);
/* Whether every credential's quota of the resource is known to be used up until its reset. */
bool gh_quota_is_exhausted(struct gh_quota *q, enum gh_resource resource, enum gh_purpose purpose);
/* The credential with the most left of the resource for the purpose that is not held. never NULL. */
const struct gh_credential *gh_quota_best(struct gh_quota *q, enum gh_resource resource,
                                          enum gh_purpose purpose);
/* What the purpose may still spend of the resource until it resets, by the newest lease, over all credentials that are not
 * held. INT64_MAX: there is no limit, or it is not known. */
int64_t gh_quota_spare(struct gh_quota *q, enum gh_resource resource, enum gh_purpose purpose);
/* Share of the requests a minute GitHub allows a user (900 REST points, 2,000 GraphQL); held only where the server sends
 * rate headers. */
struct gh_per_minute *gh_quota_per_minute(struct gh_quota *q, const struct gh_credential *c,
                                          enum gh_resource resource);
void gh_quota_share(struct gh_quota *q, int n_processes);
