/* fetch: the crawler's requests to GitHub, on a loop of their own (multi.h). They are queued here while the number in
 * flight, or a credential's rate, does not allow more.
 *
 * Threads: gh_fetcher_submit from any; `done` is called on the fetcher's thread and must not block.
 * Bounds: a request's time (GH_TOTAL_TIMEOUT_MS), its body (max_bytes), the number in flight. Redirects are not followed
 * here: the caller decides. Source of the limits: docs.github.com "Rate limits for the REST API", secondary limits. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include "github/framing.h"
#include "github/headers.h"
#include "github/multi.h"
#include "github/per_minute.h"

#define GH_API_VERSION        "2022-11-28"
#define GH_CONNECT_TIMEOUT_MS 10000
#define GH_TOTAL_TIMEOUT_MS   30000
#define GH_MAX_BODY_BYTES     (32u * 1024u * 1024u)

struct gh_fetch {
    struct gh_transfer transfer; /* the loop's; first */
    /* the request: borrowed until done */
    const char *url, *accept, *authorization, *etag, *last_modified;
    slice post;                       /* GraphQL: sent as JSON; ptr NULL: GET */
    struct gh_per_minute *per_minute; /* NULL: none */
    int64_t usable_until_ms; /* clock_mono_ms: the authorization must not be sent later; 0: unlimited */
    bool background;         /* starts after all others */
    bool keeps_raw;          /* head and raw are wanted, too */
    void (*done)(struct gh_fetch *fetch);
    void *owner;
    /* the answer */
    /* It was never sent: its credential was limited or its authorization expired while it was queued, or the fetcher stops. */
    bool unsent;
    bool stopped;   /* no answer, since the fetcher stops */
    int status;     /* 0: none came, `error` says why */
    bool unreached; /* no answer, since there was no connection to send it on */
    unsigned pause; /* a 403 or 429 that may be a limit: to be passed to gh_fetcher_sorted; 0: none */
    char error[128];
    struct gh_headers headers;
    struct buf body;                /* the caller calls buf_finish, also for the next two */
    struct buf head;                /* the answer's header lines, each ended by LF */
    struct buf raw;                 /* the body as received; empty if it was not compressed */
    int64_t started_ms, elapsed_ms; /* started: monotonic; 0: unsent */
    bool is_gzip;
};

struct gh_fetcher;

/* max_in_flight: the ceiling of the adaptive window. ca_file: github/tls.h; borrowed. */
MUST_CHECK bool gh_fetcher_start(int max_in_flight, const char *ca_file, struct gh_fetcher **out,
                                 struct err *err);
/* Starts no more requests, gives those in flight 5 s to end, then ends all with status 0, joins. */
void gh_fetcher_stop(struct gh_fetcher *t);
/* After gh_fetcher_stop, when no thread submits any more: requests submitted in between were ended at once. */
void gh_fetcher_destroy(struct gh_fetcher *t);
void gh_fetcher_submit(struct gh_fetcher *t, struct gh_fetch *fetch);
/* Sets this process's share of the requests in flight. */
void gh_fetcher_set_ceiling(struct gh_fetcher *t, int max_in_flight);
/* A refusal with a `pause` has been classified and handled (gh_quota_hold and the like): until then, for at most a quarter
 * of a second, no request starts with its credential. */
void gh_fetcher_sorted(struct gh_fetcher *t, struct gh_per_minute *per_minute, unsigned pause);
/* Adapts the window: a good answer widens it, a bad one (5xx, secondary limit) halves it. */
void gh_fetcher_feedback(struct gh_fetcher *t, bool good);

struct gh_fetcher_stats {
    int in_flight, queued, window;
    uint64_t requests, bytes;
    int failures_in_a_row; /* transient ones, without any good answer between */
};
void gh_fetcher_stats(struct gh_fetcher *t, struct gh_fetcher_stats *out);

/* Sets the URL, the user agent and the deadlines, and that the answer goes to body and keep_header, a CURLOPT_HEADERFUNCTION. */
void gh_easy_set(void *easy, const char *url, struct buf *body,
                 size_t (*keep_header)(char *line, size_t size, size_t n, void *arg), void *arg);
