/* rewrite: GitHub's addresses in what it answers become the mirror's. Pure.
 *
 * In JSON only the values of members called "url" or ending in "_url", and "href" below "_links": texts of people (a bio, an
 * issue) are never touched. In headers the targets of Link and all of Location. An address is GitHub's when `from` is
 * followed by its end, a '/', a '?' or a '{' (URI templates). from and to are bases without a slash at their end. */
#pragma once
#include "core/base/buf.h"

struct base_pair {
    slice from, to;
};

/* True when something was rewritten: the whole text stands in out. False: use the JSON as it is. */
bool rewrite_json(slice json, const struct base_pair *bases, struct buf *out);
/* The same for a Link header's value. */
bool rewrite_link(slice link, const struct base_pair *bases, struct buf *out);
/* The same for one address. */
bool rewrite_address(slice url, const struct base_pair *bases, struct buf *out);
