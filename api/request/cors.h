/* cors: pages of other origins, as the GitHub API treats them: they may read whatever they bring credentials for in a
 * header of their own; credentials a browser keeps are not lent to them ("*" rules those out), and they may not write
 * (RFC: fetch.spec.whatwg.org). */
#pragma once
#include "api/request/request.h"

/* On every answer. */
void cors_headers(struct response *rs);
/* Whether this is a browser asking for leave (OPTIONS with Origin and Access-Control-Request-Method). */
bool cors_is_preflight(const struct request *rq);
/* The 204 to that. */
void cors_answer_preflight(struct response *rs);

/* Whether a page of another origin sent this, as far as the browser says: Sec-Fetch-Site where there is one, else Origin
 * against base and "scheme://host". Programs send neither. Pure. */
bool cors_is_foreign(slice origin, slice fetch_site, slice base, slice scheme, slice host);
