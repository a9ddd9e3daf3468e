/* gzip: whole bodies, in memory, with a bound. Pure. */
#pragma once
#include "core/base/buf.h"

/* Appends the decoded bytes to out, whose bound (set with buf_init) holds: false when they do not fit, or when the input is not one
 * complete gzip stream, of one member or several (RFC 1952 2.2), and nothing else. */
MUST_CHECK bool gzip_decode(slice bytes, struct buf *out);
/* The same of zlib's frame (RFC 1950), which HTTP calls deflate. */
MUST_CHECK bool zlib_decode(slice bytes, struct buf *out);
/* Appends a gzip stream made for speed rather than size. */
MUST_CHECK bool gzip_encode(slice bytes, struct buf *out);
