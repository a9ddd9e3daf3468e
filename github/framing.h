/* framing: whether all readers agree on where an answer's fields and body end (RFC 9112). Pure.
 *
 * libcurl is lenient: it accepts Transfer-Encoding together with Content-Length, the last of several lengths, folded lines
 * and any three digits as status. Such an answer is not GitHub's, or something in between is broken or hostile, and the next
 * reader may interpret it differently: it is an error, not data. */
#pragma once
#include "core/base/slice.h"

struct gh_framing { /* zero at the start of a transfer */
    bool has_length, chunked, http10;
    bool head_ended; /* by the empty line. libcurl accepts a head that the end of the connection cuts */
    bool trailer;    /* the line came after the body, and is none of the answer's fields (RFC 9110 6.5.1) */
    int status;
    int64_t length;
};

/* One line as libcurl gives it, with its line end: status line, field or the empty line, of HTTP/1 or HTTP/2. A status line
 * starts over, as after an interim answer. An interim answer, a 204 or a 205 with a body is misread by the next reader (RFC 9110 8.6, RFC 9112
 * 6.1). False: the answer must not be used. */
MUST_CHECK bool gh_framing_line(struct gh_framing *f, slice line);
