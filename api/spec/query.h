/* query: checks a request's parameters against its route, before the handler reads them.
 *
 * Repeated lists (`__in`, `ordering`, `fields` …) are joined by commas; of other parameters the last one wins.
 * Parameters that the route does not take are ignored, and X-Ignored-Parameters names them; with strict=1 they are
 * refused. Numbers that all routes share (page_size, indent, strict) are checked here, others where they are read. */
#pragma once
#include "api/request/form.h"
#include "api/request/param_errors.h"

#define IGNORED_PARAMETERS "X-Ignored-Parameters"
#define IGNORED_MAX_BYTES  512 /* of the header's value; a longer value ends in "..." */

/* Makes one value of each list in rq->params; before anything reads them. */
void query_join_lists(struct request *rq);
/* False after a 400. */
MUST_CHECK bool query_check(struct request *rq, struct response *rs);
/* Reads the body's fields (form_parse). False after a 400 or 415. */
MUST_CHECK bool query_read_form(struct request *rq, struct response *rs, const char *const *known,
                                struct param_list *out, struct param_list *unknown_out);
/* The same for a body's fields that its handler does not take. False after a 400. */
MUST_CHECK bool query_check_body(struct request *rq, struct response *rs, const struct param_list *unknown);
