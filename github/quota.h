/* quota: this process's view of the shared quota: units leased from the store in small blocks and spent here.
 *
 * Taking a unit is an atomic decrement: no lock and no round trip while the block lasts. A new block is one exchange
 * with the store (core/model/quota.h), which also settles the answers since the last one. Thread-safe. There
 * is a meter for each credential that there may be one day, so they are an array that never moves. */
#pragma once
#include "core/model/quota.h"
#include "github/credential.h"
#include "github/fetch.h"
#include "github/outcome.h"
#include "github/token_ends.h"

const char *gh_resource_name(enum gh_resource resource);

struct gh_quota;
struct gh_quota *gh_quota_create(const struct gh_credentials *credentials, struct quota_store store);
void gh_quota_destroy(struct gh_quota *q);

enum gh_take {
    GH_TAKEN,
    GH_WAIT,      /* not now: wait *wait_ms_out */
    GH_EXHAUSTED, /* the purpose's part of the primary limit is used up: *wait_ms_out until its reset */
};
/* One unit of the credential's resource. */
MUST_CHECK bool gh_quota_take(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                              enum quota_purpose purpose, void *ctx, enum gh_take *out, int64_t *wait_ms_out,
                              struct err *err);
/* Every taken unit is reported here once: with its answer's headers, or NULL without an answer. asked_ms: when the request was sent
 * (monotonic). any_answer: it was a valid answer, so missing rate headers mean that the server has no limit. */
void gh_quota_answered(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                       const struct gh_headers *headers, int64_t asked_ms, bool any_answer);
/* When the tokens end, as those answers said; lives as long as q. */
struct gh_token_ends *gh_quota_token_ends(struct gh_quota *q);
/* The units that GitHub charged for an answer; reported with the next settlement. */
void gh_quota_spent(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                    enum quota_purpose purpose, int64_t units);
/* Returns a taken unit whose request was never sent. */
void gh_quota_unused(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                     enum quota_purpose purpose);
/* GitHub said that no units are left: leased units are void, and no lease is requested for wait_ms. */
void gh_quota_exhausted(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                        int64_t wait_ms);
/* Limits met in a row (github/outcome.h): secondary ones of the credential, primary ones of its resource. */
int gh_quota_limits_before(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                           bool secondary, int64_t asked_ms);
void gh_quota_limit_told(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                         bool secondary, int64_t asked_ms, int64_t wait_ms);
/* An answer that is no limit. */
void gh_quota_limits_over(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                          int64_t asked_ms);
/* Settles the answers with the store; with give_back also returns unspent units. Call about every second. */
MUST_CHECK bool gh_quota_flush(struct gh_quota *q, void *ctx, bool give_back, struct err *err);

/* Drops unspent units after re-registering: the store gives the old worker's units to others. */
void gh_quota_void(struct gh_quota *q);
/* Requests that were denied, or refused as used up, lease again at once: settings that the store applies, or a limit, have changed. */
void gh_quota_ask_again(struct gh_quota *q);

/* This process does not use the credential for for_ms, or longer if an earlier pause lasts longer (a secondary limit, a 401). */
void gh_quota_hold(struct gh_quota *q, const struct gh_credential *c, int64_t for_ms);
/* Also while an installation of a GitHub App has ended. */
int64_t gh_quota_held_ms(struct gh_quota *q, const struct gh_credential *c);
/* How long it is known that nothing of the resource is granted for the purpose; 0: something may be. */
int64_t gh_quota_used_up_ms(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                            enum quota_purpose purpose);
/* Whether every credential's quota of the resource is known to be used up until its reset, or the credential has ended. */
bool gh_quota_is_exhausted(struct gh_quota *q, enum gh_resource resource, enum quota_purpose purpose);
/* The credential with the most units left of the resource for the purpose, of those not paused; one known to be used up only if all are.
 * Never NULL. */
const struct gh_credential *gh_quota_best(struct gh_quota *q, enum gh_resource resource,
                                          enum quota_purpose purpose);
/* Whether a credential other than c may be used for the purpose now: it is not paused, and not known to be used up. */
bool gh_quota_has_other(struct gh_quota *q, const struct gh_credential *c, enum gh_resource resource,
                        enum quota_purpose purpose);
/* The units that the purpose may still spend of the resource until its reset, by the newest lease, over all credentials that
 * are not paused. INT64_MAX: there is no limit, or it is not known. */
int64_t gh_quota_spare(struct gh_quota *q, enum gh_resource resource, enum quota_purpose purpose);
/* Share of the requests a minute GitHub allows a user (900 REST points, 2,000 GraphQL); applied only if the server sends
 * rate headers. */
struct gh_per_minute *gh_quota_per_minute(struct gh_quota *q, const struct gh_credential *c,
                                          enum gh_resource resource);
void gh_quota_share(struct gh_quota *q, int n_processes);
