/* per_minute: how fast one credential may ask (900 REST requests, 2,000 GraphQL queries a minute), and whether it may at all. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Requests of one credential and kind started in the last minute, against a ceiling. Used by one
 * thread at a time, but for the atomic ones. */
struct gh_per_minute {
    _Atomic int ceiling;             /* a minute; 0: none */
    _Atomic int64_t closed_until_ms; /* monotonic: none is started before, those that wait come back unsent */
    _Atomic int64_t paused_until_ms; /* monotonic: none is started before, */
    _Atomic int n_unsorted;          /* while there are refusals of which nobody knows yet what they mean */
    _Atomic unsigned pause;          /* which pause that is */
    int64_t second[60];              /* which second a slot counts */
    int count[60];
};

/* pace NULL: always. now_s is a monotonic clock's. */
bool gh_per_minute_allows(const struct gh_per_minute *per_minute, int64_t now_s);
bool gh_per_minute_closed(const struct gh_per_minute *per_minute);
/* One was started. */
void gh_per_minute_count(struct gh_per_minute *per_minute, int64_t now_s);
/* A 403 or 429 came, which may be a limit: nothing more is started until it is sorted, for a quarter of a second at most.
 * Returns the pause it counts in, which is never 0. */
unsigned gh_per_minute_refused(struct gh_per_minute *per_minute);
/* One of that pause has been sorted, and the pace is closed if it was a limit. By any thread. True: others may be started
 * again. */
bool gh_per_minute_sorted(struct gh_per_minute *per_minute, unsigned pause);
