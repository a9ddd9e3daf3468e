/* per_minute: the rate of one credential's requests (900 REST requests, 2,000 GraphQL queries a minute), and its pauses. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Requests of one credential and kind started in the last minute, against a ceiling. Used by one thread at a time, except
 * the atomic members. */
struct gh_per_minute {
    _Atomic int ceiling;             /* a minute; 0: none */
    _Atomic int64_t closed_until_ms; /* monotonic: none is started before; queued ones are returned unsent */
    _Atomic int64_t paused_until_ms; /* monotonic: none is started before, */
    _Atomic int n_unsorted;          /* while refusals are being classified */
    _Atomic unsigned pause;          /* number of that pause */
    int64_t second[60];              /* the second that a slot counts */
    int count[60];
};

/* per_minute NULL: always. now_s: monotonic. */
bool gh_per_minute_allows(const struct gh_per_minute *per_minute, int64_t now_s);
bool gh_per_minute_closed(const struct gh_per_minute *per_minute);
/* One was started. */
void gh_per_minute_count(struct gh_per_minute *per_minute, int64_t now_s);
/* A 403 or 429 that may be a limit: no request starts until it is classified, for at most a quarter of a second. Returns the
 * number of its pause, never 0. */
unsigned gh_per_minute_refused(struct gh_per_minute *per_minute);
/* One refusal of that pause has been classified; if it was a limit, closed_until_ms is set. By any thread. True: requests
 * may start again. */
bool gh_per_minute_sorted(struct gh_per_minute *per_minute, unsigned pause);
