/* decoding: content codings of received answers (RFC 9110, 8.4.1). Pure. */
#pragma once
#include "core/base/buf.h"

enum coding {
    CODING_NONE,
    CODING_GZIP,
    CODING_DEFLATE, /* zlib's format (RFC 1950) */
    CODING_BROTLI,
    CODING_UNKNOWN, /* another one, or several */
};

/* Of Content-Encoding; NULL: none. */
enum coding coding_of(const char *content_encoding);
/* As in Content-Encoding; "" for none and unknown. */
const char *coding_name(enum coding coding);
/* Appends the decoded bytes to out, within its bound. False if they exceed it, or if the input is not exactly one complete
 * stream; out then holds the bytes decoded so far. CODING_UNKNOWN is always false. */
MUST_CHECK bool coding_decode(enum coding coding, slice bytes, struct buf *out);
