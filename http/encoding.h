/* encoding: content codings of answers (RFC 9110, 8.4 and 12.5.3): negotiation and encoding. */
#pragma once
#include "core/base/buf.h"

enum encoding { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_BROTLI, N_ENCODINGS };

struct encodings {
    enum encoding best;  /* to use for large enough bodies */
    bool gzip, identity; /* acceptable as well */
};
/* accept: the Accept-Encoding header, ptr NULL without one. Weights decide; with equal weights brotli, then gzip, then
 * identity. False: no available coding is acceptable (406). Pure. */
MUST_CHECK bool encoding_choose(slice accept, struct encodings *out);
/* Whether gzip is named with a weight above 0, or "*" is. accept NULL: no header. Pure. */
bool encoding_takes_gzip(const char *accept);
/* As in Content-Encoding: "gzip", "br"; "" for identity. */
const char *encoding_name(enum encoding encoding);
/* Replaces the content of `body` by its encoded form, at a level that costs about as much as writing the JSON did. False: no
 * room; body is unchanged. */
MUST_CHECK bool encoding_apply(enum encoding encoding, struct buf *body);
