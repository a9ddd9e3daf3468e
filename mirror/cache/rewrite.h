/* rewrite: replaces GitHub's URLs in its answers by the mirror's. Pure.
 *
 * In JSON the values of members called "url" or "uri" or ending in "_url" or "_uri", the strings of a list called "urls" or
 * ending in "_urls", every string below "_links", and "location" in "meta" (SCIM, RFC 7643 section 3.1): people's texts (a
 * bio, an issue) are never changed. In headers the targets of Link and all of Location. An address is GitHub's when `from`
 * is followed by its end, a '/', a '?' or a '{' (URI templates); in JSON each '/' may be escaped ("\/", "\u002f"). Bases are without a
 * slash at their end. */
#pragma once
#include "core/base/buf.h"

struct base_pair {
    slice from, to;
    slice uploads_from, uploads_to; /* empty: none */
};

/* True: something was rewritten, and out holds the whole text. False: use the JSON unchanged. */
bool rewrite_json(slice json, const struct base_pair *bases, struct buf *out);
/* The same for a Link header's value. */
bool rewrite_link(slice link, const struct base_pair *bases, struct buf *out);
/* The same for one address. */
bool rewrite_address(slice url, const struct base_pair *bases, struct buf *out);
