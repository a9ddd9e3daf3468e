/* history_params: ?from=, to=, interval=, fields= and field= of histories. */
#pragma once
#include "api/request/param_errors.h"
#include "schema/report/history.h"

/* Days of from and to; absent ones stay open. */
void history_read_days(const struct request *rq, struct history_query *out, struct param_errors *errors);
/* The same, and the interval. */
void history_read_span(const struct request *rq, struct history_query *out, struct param_errors *errors);
/* ?fields=: a bit each, all without it. */
unsigned history_read_fields(const struct request *rq, enum record_kind kind, struct param_errors *errors);
/* Checks a span once both its ends are known; an error names a parameter that was given. */
void history_check_span(const struct history_query *query, bool has_interval, const struct history *history,
                        struct param_errors *errors);
