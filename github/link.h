/* link: the Link header (RFC 8288), as GitHub pages its lists. Pure, borrows from the header text.
 * github-api.md: docs.github.com "Using pagination in the REST API". */
#pragma once
#include "core/base/slice.h"

struct gh_links {
    slice next, prev, last,
        first;      /* ptr NULL: not there. `first` may be a URI template: never fetch one with '{' */
    bool malformed; /* the rest could not be read, and may have named what is not there */
};

/* Takes what it understands; a malformed part ends the parse and leaves what came before. Blanks around a target do no harm. */
void gh_links_parse(slice header, struct gh_links *out);
/* The value of a query parameter as a number (page=5), or -1. */
int64_t gh_url_query_number(slice url, const char *name);
