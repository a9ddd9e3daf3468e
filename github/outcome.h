/* outcome: classifies GitHub's answers as one enum, and describes the reaction to each in one table. Pure.
 * Rules and their sources: docs.github.com "Rate limits for the REST API", "Best practices", "Troubleshooting". */
#pragma once
#include "core/base/err.h"
#include "github/headers.h"

/* clang-format off */
/* outcome                name               what the job does */
#define GH_OUTCOMES(X)                                                                                                                                                             \
    X(GH_FRESH,           "fresh",           "save the body, remember its ETag")                                                                                                   \
    X(GH_UNCHANGED,       "unchanged",       "the stored page is still valid; save nothing")                                                                                       \
    X(GH_MOVED,           "moved",           "follow the redirect within GitHub's host, store the new name")                                                                       \
    X(GH_GONE,            "gone",            "mark the target gone, with the time; the job ends")                                                                                  \
    X(GH_BLOCKED,         "blocked",         "mark the target blocked (451, or 403 with a block); the job ends")                                                                   \
    X(GH_RESTRICTED,      "restricted",      "record that this credential lacks access; remove nothing; the job ends")                                                             \
    X(GH_CAPPED,          "capped",          "GitHub refuses further pages of the list (422); close nothing")                                                                      \
    X(GH_UNAUTHORIZED,    "unauthorized",    "suspend the credential; retry with another one")                                                                                     \
    X(GH_PRIMARY_LIMIT,   "primary_limit",   "continue with another credential, else wait for the reset; does not count as an attempt")                                            \
    X(GH_SECONDARY_LIMIT, "secondary_limit", "slow down; continue with another credential, else wait as long as the answer says, or 60 s, doubling; does not count as an attempt") \
    X(GH_TRANSIENT,       "transient",       "retry after a back-off")                                                                                                             \
    X(GH_BROKEN,          "broken",          "the answer is invalid: store nothing, retry after a back-off")
/* clang-format on */

enum gh_outcome {
#define X(id, name, what) id,
    GH_OUTCOMES(X)
#undef X
        GH_N_OUTCOMES
};

const char *gh_outcome_name(enum gh_outcome outcome);

struct gh_answer {
    int status; /* 0: no HTTP answer (connection cut, timeout) */
    const struct gh_headers *headers;
    slice body;         /* decoded */
    bool anonymous;     /* sent without a credential */
    bool expects_array; /* a list was requested: an object instead is broken */
    bool graphql;       /* answers a query: limits come with 200, too */
    /* its token can be replaced by another one (an app's installation), which may be accepted */
    bool renewable;
    bool for_few;   /* of an endpoint that GitHub refuses to most credentials */
    bool of_client; /* graphql: a client wrote the query, so errors may quote any words of its */
};

/* The outcome of an answer; *wait_ms_out is how long to wait for the two limits, and for GH_TRANSIENT and GH_BROKEN the Retry-After of a
 * status from 400 on, at most an hour (0: none, and for others): for the primary limit until the reset by the server's own Date plus 1 s,
 * for the secondary Retry-After, or 60 s. limits_before: as many limits in a row came before, each after the wait of the one before
 * (gh_limits_before): a wait of 60 s for want of Retry-After is doubled as often, and so is a Retry-After of less than 10 s, and a primary
 * wait whose reset is past or less than 10 s away; doubling ends at 15 min. A longer wait is obeyed as it is. 200 needs a JSON content
 * type and a body whose first and last non-space characters are the brackets expected. 204 where an array was expected is GH_FRESH with
 * an empty list (the caller checks).
 *
 * 401, 403, 404, 410, 422 and 451 count as GitHub's only with a body that is a JSON object with a message (at most 64 KiB; its
 * content type does not matter): the page of a proxy or captive portal, or an empty body, is GH_BROKEN. The limits of 403 and 429
 * count by their headers (Retry-After, nothing remaining) as well as by GitHub's words; a 429 without a reason is the secondary
 * one. These do not concern the target, so they never end the job: a 403 that refuses the credential itself (locked out, its owner
 * or its installation suspended) is GH_UNAUTHORIZED; a 410 about the API version is GH_BROKEN, as is a redirect without a Location.
 * A 401 of an endpoint for few is GH_RESTRICTED, like a 403, unless it says that the credentials are bad.
 *
 * Of GraphQL a 200, 403 or 429 may be a limit: errors of type RATE_LIMITED or RATE_LIMIT, or that say so; of a client's query the words
 * count only as a message that begins with GitHub's sentence about the secondary limit, without data and without a place in the query.
 * 401, 403, 404 and 410 refuse GraphQL (GH_RESTRICTED), but a 401 that says that a renewable token is bad is GH_UNAUTHORIZED; outcomes
 * that only a target can have are GH_BROKEN.
 * Sources: docs.github.com "Rate limits for the REST API", "Rate limits and query limits for the GraphQL API". */
enum gh_outcome gh_classify(const struct gh_answer *answer, int limits_before, int64_t *wait_ms_out);

/* Whether a body is that of an error of GitHub's: a JSON object with a message, or with a block, of at most 64 KiB. */
bool gh_is_error_of_github(slice body);
/* Whether it is one, and names no rate limit: with the last unit of a window, X-RateLimit-Remaining is 0 beside any refusal. */
bool gh_is_other_refusal(slice body);

/* Limits that one credential met in a row, of all kinds of requests or of one: a server, or a proxy, may send the next one as soon
 * as the wait for the last one is over. All zero: none. Times are monotonic; sent_ms is when an answer's request was sent. Pure. */
struct gh_limits {
    int n;
    int64_t until_ms, wait_ms; /* of the last one */
};
/* How many came before the one that answers the request: those sent before the last wait ended met the same one. One that comes
 * later than the last wait's length and a minute after its end is the first of others. */
int gh_limits_before(const struct gh_limits *l, int64_t sent_ms);
void gh_limits_met(struct gh_limits *l, int64_t sent_ms, int64_t now_ms, int64_t wait_ms);
/* The request was answered without a limit: if it was sent after the last wait, the row has ended. */
void gh_limits_over(struct gh_limits *l, int64_t sent_ms);

/* Whether a GET is repeated at the answer's Location (RFC 9110, 15.4). Not 303, whose address is another resource. */
bool gh_is_redirect(int status);

/* Whether an answer is charged to the credential of the request. A 304 is free if the Authorization header was accepted; a request
 * whose credential was refused is charged to the address of this machine. A request that failed on the way (status 0) is free. */
bool gh_is_charged(int status, bool anonymous);
