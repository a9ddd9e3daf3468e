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
    int64_t length;
};

/* One line as libcurl gives it, with its line end: status line, field or the empty line, of HTTP/1 or HTTP/2. A status line
 * starts over, as after an interim answer. False: the answer must not be used. */
MUST_CHECK bool gh_framing_line(struct gh_framing *f, slice line);
