/* population: who there is in a generated world and who follows and stars what, as pure functions of the seed.
 * People and repositories are numbered from 0 in the order they came into being; a person's or repository's degree has
 * nothing to do with that number. Edges are made as a whole, sorted, each once. */
#pragma once
#include "core/base/slice.h"

struct population {
    uint64_t seed;
    int64_t until_ms; /* nothing is younger */
    /* synced, and with the stubs beside them (three in ten more) */
    uint64_t n_developers, n_repositories, all_developers, all_repositories;
    uint64_t n_follows, n_stars;
};

/* Independent random bits for (what, number). */
uint64_t random_bits(const struct population *p, unsigned what, uint64_t number);
double random_unit(const struct population *p, unsigned what, uint64_t number); /* 0 <= x < 1 */
/* 0..n-1, the first ones most often: Zipf's law with exponent 1, flattened at the head: the larger `flat`, the less the
 * first one stands out. */
uint64_t zipf(double unit, uint64_t n, double flat);

int64_t developer_github_id(const struct population *p, uint64_t developer);
int64_t repository_github_id(const struct population *p, uint64_t repository);
bool developer_is_synced(const struct population *p, uint64_t developer);
bool repository_is_synced(const struct population *p, uint64_t repository);
bool developer_is_organization(const struct population *p,
                               uint64_t developer); /* follows and stars nothing */
int64_t developer_created_ms(const struct population *p, uint64_t developer);
int64_t repository_created_ms(const struct population *p, uint64_t repository);
uint64_t repository_owner(const struct population *p, uint64_t repository);
/* When we first saw it: within 90 days before until_ms, the same for what came on one list. */
int64_t first_seen_ms(const struct population *p, unsigned what, uint64_t number);

/* from << 32 | to, ascending. */
struct edges {
    uint64_t *items;
    size_t n;
};
struct edges make_follows(const struct population *p); /* free with free() */
struct edges make_stars(const struct population *p);
/* How many edges each has at its `to` end; at its `from` end. */
uint32_t *count_to(const struct edges *edges, uint64_t n);
uint32_t *count_from(const struct edges *edges, uint64_t n);
