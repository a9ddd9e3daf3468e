/* link: the Link header (RFC 8288) of GitHub's lists. Pure, borrows from the header text.
 * docs.github.com, "Using pagination in the REST API". */
#pragma once
#include "core/base/slice.h"

struct gh_links {
    slice next, prev, last,
        first;      /* ptr NULL: absent. `first` may be a URI template: never fetch one with '{' */
    bool malformed; /* the rest could not be parsed, and may contain a missing one */
};

/* Parses up to the first malformed part, and keeps the links before it. Blanks around a target are accepted. */
void gh_links_parse(slice header, struct gh_links *out);
/* The value of a query parameter as a number (page=5), or -1. */
int64_t gh_url_query_number(slice url, const char *name);
