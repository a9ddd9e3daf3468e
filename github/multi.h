/* multi: the one curl loop. A thread owns one curl multi handle, its connections and a pool of easy handles; transfers are
 * submitted by any thread and returned through `ended`, each exactly once. Its two users decide what may start and handle
 * answers: fetch.h (the crawler's requests) and passthrough.h (the mirror's).
 *
 * Threads: gh_multi_submit, gh_multi_wake and the counters from any; everything else, and all of `struct gh_multi_user`, on the loop's
 * thread, which must not block. Happy path: submit → inbox → accept → start: gh_multi_start_transfer → curl → ended. */
#pragma once
#include "core/base/err.h"
#include "github/framing.h"

#define GH_MULTI_MAX_TRANSFERS 256

/* One request in progress; the user's struct begins with it. */
struct gh_transfer {
    struct gh_transfer *next;  /* in its present list */
    void *easy;                /* a CURL; NULL: not with curl */
    void *headers;             /* a struct curl_slist */
    bool unreached;            /* it ended before there was a connection to send it on */
    struct gh_framing framing; /* of the answer; the user gives it the lines of the head */
};

struct gh_transfers {
    struct gh_transfer *head, **tail;
    int n;
};
void gh_transfers_init(struct gh_transfers *list);
void gh_transfers_push(struct gh_transfers *list, struct gh_transfer *t);
/* Removes the one that *at, a link of the list, points to. */
struct gh_transfer *gh_transfers_remove(struct gh_transfers *list, struct gh_transfer **at);

enum gh_end {
    GH_END_ANSWERED,    /* with a status, all of it */
    GH_END_TIMEOUT,     /* by curl's clock or the user's */
    GH_END_BROKEN,      /* not reached, cut off, or aborted by a callback */
    GH_END_NOT_STARTED, /* could not be built */
    GH_END_STOPPED,     /* the loop stops; the user knows whether it was sent */
};

struct gh_multi_user {
    /* A transfer was submitted. */
    void (*accept)(void *owner, struct gh_transfer *t);
    /* Starts transfers that may start now. Called before and after each turn of curl; stopping: the loop ends when no
     * transfer is in flight. */
    void (*start)(void *owner, bool stopping);
    /* How long the loop may wait for something to happen; may end and start transfers itself. */
    int64_t (*wait_ms)(void *owner);
    /* Whether a stop waits, within its grace, for transfers that have not been started. */
    bool (*has_waiting)(void *owner);
    /* Adds the header lines and sets the user's own options: URL, callbacks, times, body. False: out of memory. */
    bool (*build)(struct gh_transfer *t);
    /* The transfer has ended and belongs to the user again; why: a text for GH_END_TIMEOUT and the values after it. */
    void (*ended)(void *owner, struct gh_transfer *t, enum gh_end end, int status, const char *why);
    /* At the very end: returns each transfer that has not been started. */
    void (*drop_waiting)(void *owner);
};

/* Before any other use of libcurl in the process. It then aborts when memory runs out, as the program does (core/base/memory.h);
 * by itself, libcurl 7.88 drops a URL's query and so fetches another page. May be called again. */
MUST_CHECK bool gh_curl_start(void);

struct gh_multi;
/* *out is written before the loop begins. max_connections: kept open. ca_file: github/tls.h; borrowed, as are user and owner. */
MUST_CHECK bool gh_multi_start(const struct gh_multi_user *user, void *owner, int max_connections,
                               const char *ca_file, struct gh_multi **out, struct err *err);
/* Gives transfers in flight grace_ms, ends the others, joins. Transfers submitted from then on end at once, on the
 * submitter's thread. NULL is fine. */
void gh_multi_stop(struct gh_multi *m, int64_t grace_ms);
/* After it was stopped, when no thread submits any more. NULL is fine. */
void gh_multi_destroy(struct gh_multi *m);
void gh_multi_submit(struct gh_multi *m, struct gh_transfer *t);
void gh_multi_wake(struct gh_multi *m);

/* Passes it to curl; one that can't be started has ended when this returns. */
void gh_multi_start_transfer(struct gh_multi *m, struct gh_transfer *t);
/* Ends it early. */
void gh_multi_end(struct gh_multi *m, struct gh_transfer *t, enum gh_end end, const char *why);
/* The transfers in curl: their number, and each one. */
int gh_multi_n_active(const struct gh_multi *m);
struct gh_transfer *gh_multi_active(const struct gh_multi *m, int i);

/* A CURLOPT_WRITEFUNCTION that appends to a struct buf, and aborts the transfer when that is full. */
size_t gh_keep_bytes(char *bytes, size_t size, size_t n, void *buf);
/* Adds a line "name: value" to the transfer's; value NULL: nothing to add. False: too long, or out of memory. */
MUST_CHECK bool gh_transfer_header(struct gh_transfer *t, const char *name, const char *value);
MUST_CHECK bool gh_transfer_line(struct gh_transfer *t, const char *line);

int gh_multi_in_flight(const struct gh_multi *m);      /* as of the last turn */
uint64_t gh_multi_n_started(const struct gh_multi *m); /* since the start */
