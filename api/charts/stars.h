/* stars: the stars of several repositories, compared: the data of JSON, CSV, NDJSON and the picture. */
#pragma once
#include "api/charts/chart_svg.h"
#include "api/request/param_errors.h"
#include "schema/report/history.h"

#define STARS_MAX_REPOSITORIES CHART_MAX_SERIES
#define STARS_MAX_POINTS       400 /* a repository */

struct stars_series {
    slice full_name; /* its present name */
    int64_t github_id;
    struct maybe created_at;
    int64_t born;               /* the day of created_at, else the first that is known */
    const char *source;         /* NULL: no data */
    struct chart_point *points; /* x: a day since 1970 */
    size_t n;
};
struct stars {
    bool by_age, log;
    struct stars_series series[STARS_MAX_REPOSITORIES];
    size_t n_series;
};
/* ?repo=, by=, scale=, from= and to=; errors are added, also for unknown names. False with err if the database fails. */
MUST_CHECK bool stars_read(struct request *rq, struct stars *out, struct param_errors *errors,
                           struct err *err);
