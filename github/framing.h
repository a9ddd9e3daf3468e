/* framing: whether all readers agree on where an answer's fields and body end (RFC 9112). Pure.
 *
 * libcurl is lenient: it accepts Transfer-Encoding together with Content-Length, the last of several lengths, folded lines
 * and any three digits as status. Such an answer is not GitHub's, or something in between is broken or hostile, and the next
 * reader may interpret it differently: it is an error, not data. */
#pragma once
#include "core/base/slice.h"

#define GH_CHUNK_LINE_MAX 256

enum gh_chunk_phase {
    GH_CHUNK_SIZE,
    GH_CHUNK_DATA,
    GH_CHUNK_CR,
    GH_CHUNK_LF,
    GH_CHUNK_TRAILER,
    GH_CHUNK_END
};

struct gh_framing {  /* zero at the start of a transfer, but only_http1 */
    bool only_http1; /* the connection cannot be one of HTTP/2 or later */
    bool http1, http11, has_length, chunked;
    bool head_ended; /* by the empty line. libcurl accepts a head that the end of the connection cuts */
    bool trailer; /* the line came after the body, and is not one of the answer's fields (RFC 9110 6.5.1) */
    int status;
    int64_t length;
    /* the chunk that is being received */
    enum gh_chunk_phase phase;
    uint64_t left;
    unsigned line_len;
    char line[GH_CHUNK_LINE_MAX];
    bool broken; /* gh_framing_body has found something wrong */
};

/* One line as libcurl gives it, with its line end: status line, field or the empty line, of HTTP/1 or HTTP/2. A status line
 * starts over, as after an interim answer. An interim answer, a 204 or a 205 with a body is misread by the next reader (RFC 9110 8.6, RFC 9112
 * 6.1). False: the answer must not be used. */
MUST_CHECK bool gh_framing_line(struct gh_framing *f, slice line);
/* Only the end of the connection ends the body, so it may have been cut off. */
static inline bool gh_framing_ends_with_connection(const struct gh_framing *f)
{
    return f->http1 && !f->has_length && !f->chunked;
}

/* Bytes of the body as they were received, before chunks are joined; those of other bodies pass. libcurl accepts anything after a chunk's
 * size ("5x", "5 6"), and a bare LF for a CRLF. False, and f->broken: the answer must not be used. */
MUST_CHECK bool gh_framing_body(struct gh_framing *f, slice bytes);
