/* encoding: content codings of answers (RFC 9110, 8.4 and 12.5.3): which one a client takes, and doing it. */
#pragma once
#include "core/base/buf.h"

enum encoding { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_BROTLI, N_ENCODINGS };

struct encodings {
    enum encoding best;  /* to be used where it pays */
    bool gzip, identity; /* will do, too */
};
/* accept: the Accept-Encoding header, ptr NULL without one. Weights decide; between equals brotli, then gzip, then as it
 * is. False: whatever we have is refused (406). Pure. */
MUST_CHECK bool encoding_choose(slice accept, struct encodings *out);
/* Whether gzip is named with a weight above 0, or "*" is. accept NULL: no header. Pure. */
bool encoding_takes_gzip(const char *accept);
/* As in Content-Encoding: "gzip", "br"; "" for as it is. */
const char *encoding_name(enum encoding encoding);
/* Replaces the content of `body` by its encoded form, at a level that costs about as much as writing the JSON did. False,
 * with body as it was: out of room. */
MUST_CHECK bool encoding_apply(enum encoding encoding, struct buf *body);
