/* decoding: content codings of an answer that somebody else made (RFC 9110, 8.4.1). Pure. */
#pragma once
#include "core/base/buf.h"

enum coding {
    CODING_NONE,
    CODING_GZIP,
    CODING_DEFLATE, /* zlib's frame (RFC 1950), which the name means */
    CODING_BROTLI,
    CODING_UNKNOWN, /* another one, or several */
};

/* Of Content-Encoding; NULL: none. */
enum coding coding_of(const char *content_encoding);
/* As in Content-Encoding; "" for none and unknown. */
const char *coding_name(enum coding coding);
/* Appends the decoded bytes to out, within its bound. False when they are more, or when the input is not one complete stream and
 * nothing else; out then holds what could be decoded. CODING_UNKNOWN is always false. */
MUST_CHECK bool coding_decode(enum coding coding, slice bytes, struct buf *out);
