/* trend: the rate of change of a number, from samples of the last minutes. Pure. */
#pragma once
#include "core/base/attr.h"

#define TREND_SAMPLES 64

struct trend {
    struct {
        int64_t at_ms, value;
    } samples[TREND_SAMPLES]; /* oldest first */
    int n;
};

/* Samples older than keep_ms are dropped, except one; so are all when time runs backwards. However often it is called, the samples
 * span keep_ms: the newest replaces the one before if that came soon after its own predecessor. */
void trend_add(struct trend *t, int64_t at_ms, int64_t value, int64_t keep_ms);
/* For a counter: its growth per minute; -1: not known yet. A counter that fell (its process restarted) starts over. */
void trend_count(struct trend *t, int64_t at_ms, int64_t counter, int64_t keep_ms);
int64_t trend_a_minute(const struct trend *t);
/* For an amount of work: milliseconds until it is done at the pace of the samples; 0: it is done; -1: not known, since the samples
 * span less than 15 s, or it does not shrink, or would take more than 30 days. */
int64_t trend_left_ms(const struct trend *t);
