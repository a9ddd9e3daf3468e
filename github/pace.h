/* pace: how fast one credential may ask (900 REST requests, 2,000 GraphQL queries a minute), and whether it may at all. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Requests of one credential and kind started in the last minute, against a ceiling. Used by one
 * thread at a time, but for `ceiling` and `closed_until_ms`. */
struct gh_pace {
    _Atomic int ceiling;             /* a minute; 0: none */
    _Atomic int64_t closed_until_ms; /* monotonic: none is started before, those that wait come back unsent */
    int64_t paused_until_ms;         /* monotonic: none is started before */
    int64_t second[60];              /* which second a slot counts */
    int count[60];
};

/* pace NULL: always. now_s is a monotonic clock's. */
bool gh_pace_allows(const struct gh_pace *pace, int64_t now_s);
bool gh_pace_closed(const struct gh_pace *pace);
/* One was started. */
void gh_pace_count(struct gh_pace *pace, int64_t now_s);
