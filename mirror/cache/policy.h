/* policy: the X-Cache labels, which say where an answer comes from. Pure: one table.
 * The labels of X-Cache are those of app-sre/github-mirror, whose users' dashboards and scripts read them. */
#pragma once
#include "core/base/attr.h"

/* What happened to a request on its way to GitHub. */
enum upstream_result {
    UPSTREAM_FRESH,      /* not asked: confirmed recently, or the client accepts older ones */
    UPSTREAM_UNCHANGED,  /* 304 to our condition */
    UPSTREAM_ANSWERED,   /* any other valid answer */
    UPSTREAM_FAILED,     /* 5xx */
    UPSTREAM_BROKEN,     /* an invalid 200, or HTML instead of JSON */
    UPSTREAM_LIMITED,    /* 403 or 429 that is a limit */
    UPSTREAM_EXHAUSTED,  /* not asked: the bucket is known to be empty */
    UPSTREAM_TIMEOUT,    /* no answer in time */
    UPSTREAM_CONNECTION, /* not reached, or cut off */
    UPSTREAM_OFFLINE,    /* not asked: GitHub is down */
    N_UPSTREAM_RESULTS
};

enum label {
    ONLINE_HIT,
    ONLINE_MISS,
    OFFLINE_HIT,
    OFFLINE_MISS,
    API_ERROR_HIT,
    API_ERROR_MISS,
    RATE_LIMITED_HIT,
    RATE_LIMITED_MISS,
    API_TIMEOUT_HIT,
    API_CONNECTION_ERROR_HIT,
    N_LABELS
};

/* stored: there was an answer to fall back to. */
enum label label_of(enum upstream_result upstream_result, bool stored);
const char *label_name(enum label label);
/* Whether the stored page is served instead of GitHub's answer, or of none. */
bool upstream_result_serves_stored(enum upstream_result upstream_result);

/* Which of GitHub's buckets a path below the API's base is counted in (docs.github.com, "Rate limits for the REST API"). */
const char *resource_of_path(const char *path);
