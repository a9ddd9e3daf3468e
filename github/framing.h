/* framing: whether all readers agree on where an answer's fields and body end (RFC 9112). Pure.
 *
 * libcurl is lenient: it takes Transfer-Encoding beside Content-Length, the last of several lengths, folded lines and any
 * three digits for a status. What answers so is no GitHub, or something broken or hostile between us, and the next reader
 * may read it otherwise: the answer is an error, not data. */
#pragma once
#include "core/base/slice.h"

struct gh_framing { /* zero at the start of a transfer */
    bool has_length, chunked, http10;
    bool
        head_ended; /* by the empty line. libcurl takes a head that the connection's end cuts for a whole one */
    int64_t length;
};

/* One line as libcurl gives it, with its line end: status line, field or the empty line, of HTTP/1 or HTTP/2. A status line
 * begins anew, as after an interim answer. False: the answer must not be used. */
MUST_CHECK bool gh_framing_line(struct gh_framing *f, slice line);
