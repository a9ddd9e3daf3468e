/* cors: web pages of other origins as clients (fetch.spec.whatwg.org, "HTTP-CORS protocol"; docs.github.com, "Using CORS and
 * JSONP to make cross-origin requests"). Pure. */
#pragma once
#include "mirror/page.h"

/* The answer to a browser's question whether it may send a request, which comes without a credential and spends nothing: what
 * GitHub says, and the mirror's own headers. NULL: the request is no preflight. */
struct page *cors_preflight(const char *method, const struct fields *fields);
