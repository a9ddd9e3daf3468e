#include "core/model/sample.h"
#include "core/base/arena.h"
#include <math.h>

#define Z_95 1.959963984540054 /* 97.5 % of the normal distribution lie below */

/* SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 1 to `to`, without the bias of a remainder. */
static int64_t uniform(uint64_t *state, int64_t to)
{
    uint64_t n = (uint64_t)to, limit = UINT64_MAX - UINT64_MAX % n, r;
    do
        r = next_random(state);
    while (r >= limit);
    return (int64_t)(r % n) + 1;
}

void sample_draw_begin(struct sample_draw *d, int64_t seed, int64_t to, int64_t most, struct arena *a)
{
    int64_t n = most < to ? most : to;
    *d = (struct sample_draw){.state = (uint64_t)seed, .to = to, .arena = a, .room = 16};
    while (d->room < 2 * (uint64_t)n)
        d->room *= 2;
    d->seen = arena_array(a, d->room, sizeof *d->seen);
}

/* False: it was drawn before. */
static bool remember(struct sample_draw *d, int64_t id)
{
    uint64_t state = (uint64_t)id, at = next_random(&state) % d->room;
    for (; d->seen[at]; at = (at + 1) % d->room)
        if (d->seen[at] == id)
            return false;
    d->seen[at] = id;
    return true;
}

bool sample_draw_next(struct sample_draw *d, int64_t *id_out)
{
    if (d->n_drawn >= d->to || (uint64_t)d->n_drawn * 2 >= d->room)
        return false;
    do
        *id_out = uniform(&d->state, d->to);
    while (!remember(d, *id_out));
    d->n_drawn++;
    return true;
}

struct sample_share sample_estimate(int64_t asked, int64_t found, int64_t frame)
{
    if (asked <= 0)
        return (struct sample_share){0, 0, 1};
    double p = (double)found / (double)asked;
    if (asked >= frame)
        return (struct sample_share){p, p, p};
    /* the size of an equally precise sample with replacement */
    double n = (double)asked * (double)(frame - 1) / (double)(frame - asked);
    double zz = Z_95 * Z_95, middle = (p + zz / (2 * n)) / (1 + zz / n);
    double half = Z_95 * sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n);
    double low = found == 0 ? 0 : middle - half, high = found == asked ? 1 : middle + half;
    return (struct sample_share){p, low < 0 ? 0 : low, high > 1 ? 1 : high};
}
