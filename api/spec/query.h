/* query: a request's parameters held against what its route takes, before the handler reads them.
 *
 * What is repeated of a list (`__in`, `ordering`, `fields` …) is joined by commas; of everything else the last one wins.
 * Parameters that the route does not take are ignored, and X-Ignored-Parameters names them; with strict=1 they are
 * refused. Numbers that every route reads alike (page_size, indent, strict) are checked here, the rest where it is read. */
#pragma once
#include "api/request/param_errors.h"

#define IGNORED_PARAMETERS "X-Ignored-Parameters"
#define IGNORED_MAX_BYTES  512 /* of the header's value; a longer one ends in "..." */

/* False after a 400. Changes the values in rq->params. */
MUST_CHECK bool query_check(struct request *rq, struct response *rs);
/* The same of a body's fields, whose handler takes none of these. False after a 400. */
MUST_CHECK bool query_check_body(struct request *rq, struct response *rs, const struct param_list *unknown);
