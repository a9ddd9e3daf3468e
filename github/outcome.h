/* outcome: what an answer of GitHub means, as one enum, and what is done about each, as one table. Pure.
 * Rules and their sources: docs.github.com "Rate limits for the REST API", "Best practices", "Troubleshooting". */
#pragma once
#include "core/base/err.h"
#include "github/headers.h"

/* clang-format off */
/* outcome                name               what the job does */
#define GH_OUTCOMES(X)                                                                                                 \
    X(GH_FRESH,           "fresh",           "save the body, remember its ETag")                                        \
    X(GH_UNCHANGED,       "unchanged",       "the remembered page holds; nothing to save")                              \
    X(GH_MOVED,           "moved",           "follow within the host once more, keep the new name")                     \
    X(GH_GONE,            "gone",            "mark it gone with the time; the job is done")                             \
    X(GH_BLOCKED,         "blocked",         "mark it blocked (451, or 403 with a block); the job is done")             \
    X(GH_RESTRICTED,      "restricted",      "remember that this credential may not; removes nothing; the job is done") \
    X(GH_CAPPED,          "capped",          "the list goes on but may not be read further (422); closes nothing")      \
    X(GH_UNAUTHORIZED,    "unauthorized",    "bench the credential, not the target; try with another")                  \
    X(GH_PRIMARY_LIMIT,   "primary_limit",   "wait for the reset; no attempt is used")                                  \
    X(GH_SECONDARY_LIMIT, "secondary_limit", "slow down, wait as told (60 s doubling if not told); no attempt is used") \
    X(GH_TRANSIENT,       "transient",       "try again after a back-off")                                              \
    X(GH_BROKEN,          "broken",          "the body makes no sense: try again after a back-off, store nothing")
/* clang-format on */

enum gh_outcome {
#define X(id, name, what) id,
    GH_OUTCOMES(X)
#undef X
        GH_N_OUTCOMES
};

const char *gh_outcome_name(enum gh_outcome outcome);
const char *gh_outcome_what(enum gh_outcome outcome);

struct gh_answer {
    int status; /* 0: no HTTP answer (connection cut, timeout) */
    const struct gh_headers *headers;
    slice body;         /* decoded */
    bool anonymous;     /* sent without a credential */
    bool expects_array; /* a list was asked for: an object in its place is broken */
};

/* Which outcome an answer to a GET of REST is; *wait_ms_out is how long to wait for the two limits (0 for others): for
 * the primary limit until the reset by the server's own Date plus 1 s, for the secondary Retry-After, or 60 s doubled
 * `secondary_in_a_row` times and at most 15 min. 200 needs a JSON content type and a body whose first and last non-space
 * characters are the brackets expected. Order of tests: 200s, 304, 301/302/307/308, secondary (Retry-After or the
 * wording), remaining 0, block, 401, 403, 404/410, 451, 422 page cap ("pagination is limited"), 5xx, else broken. An
 * anonymous 401 on a restricted list is GH_RESTRICTED, as is any 403 that is neither a limit nor a block; a 401 with a
 * credential is GH_UNAUTHORIZED. 204 where an array was expected is GH_FRESH with an empty list (the caller looks).
 * Words in the body count only if it is a JSON object of at most 64 KiB. Not the target's fault, so never an end of the
 * job: a 403 that refuses the credential itself (locked out, its owner suspended) is GH_UNAUTHORIZED; a 404 or 410 that
 * is a proxy's HTML page, and a 410 about the API version, are GH_BROKEN. A 429 without a reason is the secondary limit;
 * a redirect without a Location is GH_BROKEN. */
enum gh_outcome gh_classify(const struct gh_answer *answer, int secondary_in_a_row, int64_t *wait_ms_out);
