/* sample: ids drawn uniformly, and the estimate of the share of existing ones. Pure. */
#pragma once
#include "core/base/attr.h"
#include <stdint.h>

#define SAMPLE_MAX_IDS 1000000 /* 10,000 points of GraphQL */

struct arena;

/* Different ids, each equally likely, from 1 to `to`, in the order in which they are drawn: the same seed gives the same ones. */
struct sample_draw {
    uint64_t state;
    int64_t to, n_drawn;
    struct arena *arena;
    int64_t *seen; /* a hash table of `room` slots; 0: free */
    uint64_t room;
};
/* most: ids that will be drawn at most. */
void sample_draw_begin(struct sample_draw *d, int64_t seed, int64_t to, int64_t most, struct arena *a);
/* False: all ids have been drawn, or `most`. */
bool sample_draw_next(struct sample_draw *d, int64_t *id_out);

/* The share of ids that exist: found of asked, and its 95 % interval after Wilson, with the correction for a sample without
 * replacement from a frame of `frame` ids (Newcombe, Statistics in Medicine 17, 1998; Cochran, Sampling Techniques, 2.6). Without
 * an answer the interval is 0 to 1. */
struct sample_share {
    double share, low, high;
};
struct sample_share sample_estimate(int64_t asked, int64_t found, int64_t frame);
