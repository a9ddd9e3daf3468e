/* cors: pages of other origins, treated as by the GitHub API: they may read with their own Authorization header; they cannot
 * use a browser's stored credentials ("*" excludes these), and may not write (fetch.spec.whatwg.org). */
#pragma once
#include "api/request/request.h"

/* On every answer. */
void cors_headers(struct response *rs);
/* Whether this is a browser's preflight (OPTIONS with Origin and Access-Control-Request-Method). */
bool cors_is_preflight(const struct request *rq);
/* Its answer, 204. */
void cors_answer_preflight(struct response *rs);

/* Whether the browser says that a page of another origin sent this: by Sec-Fetch-Site if present, else Origin compared with
 * base and "scheme://host". Programs send neither. Pure. */
bool cors_is_foreign(slice origin, slice fetch_site, slice base, slice scheme, slice host);
