/* cors: web pages of other origins as clients (fetch.spec.whatwg.org, "HTTP-CORS protocol"; docs.github.com, "Using CORS and
 * JSONP to make cross-origin requests"). Pure. */
#pragma once
#include "mirror/cache/page.h"

/* The answer to a browser's preflight, which has no credential and costs nothing: GitHub's headers, and the mirror's own.
 * NULL: the request is not a preflight. */
struct page *cors_preflight(const char *method, const struct fields *fields);

/* For an answer made with a lent credential: any web page in the browser of a team member could request it, so only the
 * origins in MIRROR_LENT_ORIGINS get an Access-Control-Allow-Origin. origins: that setting, NULL: none. origin: of the
 * request, or NULL; borrowed. */
void cors_of_lent(const char *origins, const char *origin, struct fields *fields);
