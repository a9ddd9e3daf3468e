/* passthrough: one HTTP exchange with GitHub on behalf of a client: any method, headers and body as given, the answer's
 * header lines and bytes as received (nothing is decoded or added, no redirect is followed). One thread, one curl multi
 * handle. For the mirror; the crawler uses fetch, which builds its own requests.
 *
 * Threads: gh_passthrough_submit from any; `done` is called on the passthrough's thread and must not block.
 * Bounds, each with a time of its own: the wait in the queue; the wait for the connection, for the next part of the body to be
 * sent, for the first byte of the answer from the moment the request is sent, and for each further one; the whole exchange,
 * which gets longer with the body; the answer's size; the number in flight. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include "github/framing.h"
#include "github/multi.h"

#define GH_PASSTHROUGH_QUEUE_MS       10000
#define GH_PASSTHROUGH_PROGRESS_MS    10000 /* without a byte sent or received */
#define GH_PASSTHROUGH_TOTAL_MS       120000
#define GH_PASSTHROUGH_UPLOAD_BYTES_S 16384 /* a body slower than that on average is aborted */
#define GH_PASSTHROUGH_MAX_BODY_BYTES (128u * 1024u * 1024u)
#define GH_PASSTHROUGH_MAX_HEAD_BYTES (20u * 1024u)
#define GH_PASSTHROUGH_MAX_FIELDS     64

enum gh_passthrough_failure {
    GH_PASSTHROUGH_OK,         /* an answer came, whatever its status */
    GH_PASSTHROUGH_TIMEOUT,    /* no progress in time, or the whole took too long */
    GH_PASSTHROUGH_CONNECTION, /* not reached, or cut off */
    GH_PASSTHROUGH_TOO_BIG,
};

struct gh_call {
    struct gh_transfer transfer; /* the loop's; first */
    /* the request: borrowed until done */
    const char *method, *url;
    const char *const *headers; /* "Name: value", ends with NULL; a name without a value as "Name;" */
    slice body;                 /* ptr NULL: none */
    bool lent;                  /* with a lent credential: counts against gh_passthrough_set_lent */
    void (*done)(struct gh_call *call);
    void *owner;
    /* the answer: status 0 unless failure is GH_PASSTHROUGH_OK */
    enum gh_passthrough_failure failure;
    int status;
    char error[128];
    struct buf head; /* "Name: value" lines, each ended by one LF; of the last hop */
    struct buf bytes;
    int64_t elapsed_ms;
    /* the loop's */
    int64_t submitted_ms, progress_ms; /* progress: when it was started, or last sent or received something */
    int64_t uploaded;
    bool counts_as_lent; /* among those in flight */
    unsigned n_fields;
    bool received; /* something, since progress was last noted */
};

struct gh_passthrough;
/* ca_file: github/tls.h; borrowed. */
MUST_CHECK bool gh_passthrough_start(int max_in_flight, const char *ca_file, struct gh_passthrough **out,
                                     struct err *err);
/* Starts no more calls, gives those in flight grace_ms, ends the others as GH_PASSTHROUGH_CONNECTION, joins. Calls submitted
 * from then on end likewise at once, on the submitter's thread. NULL is fine. */
void gh_passthrough_stop(struct gh_passthrough *passthrough, int64_t grace_ms);
/* After it was stopped, when no thread submits any more. NULL is fine. */
void gh_passthrough_destroy(struct gh_passthrough *passthrough);
void gh_passthrough_submit(struct gh_passthrough *passthrough, struct gh_call *call);
/* Frees what an answer holds. */
void gh_call_finish(struct gh_call *call);

/* The maximum of calls with lent credentials in flight, in addition to the bound of all; other calls overtake waiting ones. */
void gh_passthrough_set_lent(struct gh_passthrough *passthrough, int max_in_flight);

struct gh_passthrough_stats {
    int in_flight;
    uint64_t requests, bytes;
};
void gh_passthrough_stats(struct gh_passthrough *passthrough, struct gh_passthrough_stats *out);
