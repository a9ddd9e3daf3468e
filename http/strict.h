/* strict: checks the bytes of HTTP/1 requests before the HTTP library reads them, so that no request is answered or
 * forwarded that two servers may interpret differently (RFC 9112; request smuggling). Pure: bytes in, a verdict out; no
 * socket.
 *
 * The stream is checked in units: an empty line before a request, a whole head, a piece of a body, a line with a chunk's
 * size, the end of a chunk, the last chunk with its trailers. A unit passes as a whole or not at all.
 *
 * Refused: a space or tab before the colon, bare CR or LF, NUL and control characters, leading whitespace, folded lines
 * (RFC 9112 2.2, 5), a method that is not a token, versions other than 1.0 and 1.1 (2.3, 3), no Host in HTTP/1.1 or several
 * (3.2), several Authorizations (RFC 9110 11.6.2), a Content-Length that is not one number, or beside Transfer-Encoding (6.3), Transfer-Encoding in HTTP/1.0 or other
 * than one "chunked" (6.1), malformed chunks, extensions and trailers (7.1), and everything beyond a limit. */
#pragma once
#include "core/base/slice.h"

struct strict_limits {
    size_t head;   /* bytes of request line, fields, trailers, and the library's (head_memory.h): 431, 414 */
    size_t read;   /* minimum size that a head counts as */
    size_t target; /* bytes of the target: 414 */
    unsigned fields; /* 431 */
    uint64_t body;   /* bytes of a body without its chunks' framing: 413 */
    int64_t
        slow_ms; /* how long a request may take to arrive, plus a second for each slow_bytes: 408; 0: unlimited */
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
    int status; /* 0, or the status to refuse the connection with; then no more bytes are checked */
    char why[128];
    /* of the incomplete unit */
    size_t scanned, line; /* scanned bytes; start of its newest line */
    unsigned n_lines;
    /* of the head */
    size_t head_bytes;                 /* when it is whole; with those of its trailers */
    size_t target_memory, head_memory; /* head_memory.h; all of it */
    bool http10, has_host, empty_host, has_authorization, has_length, chunked, empty_line;
    bool blanks; /* after a value of the head: blanks_move() before it is read */
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
    STRICT_DROP,     /* they have no meaning: skip them */
    STRICT_ABSOLUTE, /* they are a head with a target in absolute form: strict_origin_form() */
    STRICT_FAULT,    /* status and why are set */
};

/* Checks the next bytes of the stream: those after the last unit, including those that were MORE before. *n_out is 0
 * for MORE. */
enum strict_verdict strict_next(struct strict *s, const char *bytes, size_t n, size_t *n_out);

/* The rest did not arrive in time: sets a fault. */
void strict_time_out(struct strict *s);

/* The bytes that end the reader's present message at a fault, so that it requests an answer: a complete request if no head
 * has passed, else the end of the chunked body. */
slice strict_ending(const struct strict *s);
