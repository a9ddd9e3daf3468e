/* cors: web pages of other origins as clients (fetch.spec.whatwg.org, "HTTP-CORS protocol"; docs.github.com, "Using CORS and
 * JSONP to make cross-origin requests"). Pure. */
#pragma once
#include "mirror/cache/page.h"

/* The answer to a browser's question whether it may send a request, which comes without a credential and spends nothing: what
 * GitHub says, and the mirror's own headers. NULL: the request is no preflight. */
struct page *cors_preflight(const char *method, const struct fields *fields);

/* An answer for which a credential of ours was lent: any web page that a member of the team looks at could ask for it, so GitHub's
 * "Access-Control-Allow-Origin: *" is for those only whom MIRROR_LENT_ORIGINS names. origins: that setting, NULL: nobody. origin:
 * of the request, or NULL; borrowed. */
void cors_of_lent(const char *origins, const char *origin, struct fields *fields);
