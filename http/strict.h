/* strict: judges the bytes of HTTP/1 requests before the HTTP library reads them, so that no request is answered or
 * forwarded that two servers may read differently (RFC 9112; request smuggling). Pure: bytes in, a verdict out; no socket.
 *
 * The stream is judged in units: an empty line before a request, a whole head, a piece of a body, a line with a chunk's
 * size, the end of a chunk, the last chunk with its trailers. A unit passes as a whole or not at all.
 *
 * Refused: a space or tab before the colon, bare CR or LF, NUL and control characters, leading whitespace, folded lines
 * (RFC 9112 2.2, 5), a method that is no token, versions other than 1.0 and 1.1 (2.3, 3), no Host in HTTP/1.1 or several
 * (3.2), several Authorizations (RFC 9110 11.6.2), a Content-Length that is not one number, or beside Transfer-Encoding (6.3), Transfer-Encoding in HTTP/1.0 or other
 * than one "chunked" (6.1), malformed chunks, extensions and trailers (7.1), and whatever is over a limit. */
#pragma once
#include "core/base/slice.h"

struct strict_limits {
    size_t
        head; /* bytes of request line, fields and trailers, with what is kept of them beside (kept.h): 431, 414 */
    size_t read;     /* a head counts for as many bytes at least */
    size_t target;   /* bytes of the target: 414 */
    unsigned fields; /* 431 */
    uint64_t body;   /* bytes of a body without its chunks' framing: 413 */
    int64_t
        slow_ms; /* how long a request may take to arrive, and a second more for each slow_bytes: 408; 0: as long as it likes */
    int64_t slow_bytes;
};

enum strict_phase {
    STRICT_HEAD,
    STRICT_BODY,
    STRICT_CHUNK_SIZE,
    STRICT_CHUNK_DATA,
    STRICT_CHUNK_END,
    STRICT_TRAILER
};

/* Zero but for limits at the start of a connection. */
struct strict {
    const struct strict_limits *limits;
    enum strict_phase phase;
    int status; /* 0, or what to refuse the connection with; nothing is judged any more */
    char why[128];
    /* of the unit that is not complete */
    size_t scanned, line; /* bytes looked at; where its newest line begins */
    unsigned n_lines;
    /* of the head */
    size_t head_bytes;        /* when it is whole; with those of its trailers */
    size_t kept_target, kept; /* kept.h; all of it */
    bool http10, has_host, has_authorization, has_length, chunked, empty_line;
    uint64_t length;
    slice
        authority; /* of a target in absolute form; borrows the last head that passed; ptr NULL: another form */
    size_t target_at, target_len;
    /* of the body */
    uint64_t left, body;
};

enum strict_verdict {
    STRICT_MORE,     /* no unit is complete yet */
    STRICT_PASS,     /* *n_out bytes are a unit */
    STRICT_DROP,     /* they mean nothing: leave them out */
    STRICT_ABSOLUTE, /* they are a head with a target in absolute form: strict_origin_form() */
    STRICT_FAULT,    /* status and why say what is wrong */
};

/* Judges what the stream goes on with: bytes that came after the last unit, those that were MORE before included. *n_out is 0
 * for MORE. */
enum strict_verdict strict_next(struct strict *s, const char *bytes, size_t n, size_t *n_out);

/* The rest did not come in time: from now on a fault. */
void strict_time_out(struct strict *s);

/* What ends the message the reader is in at a fault, so that it asks for an answer: a request of its own where no head has
 * passed, else the end of the chunked body. */
slice strict_ending(const struct strict *s);
