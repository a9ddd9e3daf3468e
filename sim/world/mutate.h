/* mutate: changes to a running world, as a client of GitHub would see them.
 *
 * The caller holds the world's write lock. Published counters change by the number of changes, never to the length of a
 * list, because the two differ in recorded worlds; updated_at moves with every change a detail shows. */
#ifndef GITOMATIC_SIM_MUTATE_H
#define GITOMATIC_SIM_MUTATE_H

#include "sim/world/rng.h"
#include "sim/world/world.h"

#include <jansson.h>

/* Applies {"op": …, …}; the ops and their members are listed in docs/simulator.md. On failure false, the
 * world unchanged and the reason in one line in err. rng is for new records. */
bool mutate_apply(struct world *w, const json_t *op, int64_t now_s, struct rng *rng, char *err,
                  size_t err_size);

/* The same for a client, now: what moves.h keeps. */
bool mutate_by_client(struct world *w, const json_t *op, char *err, size_t err_size);

/* Adds or removes a star of a client, as the ops do. */
bool mutate_star(struct world *w, uint32_t user, uint32_t repo, bool add, char *err, size_t err_size);

/* Applies `steps` random ops that make sense and returns them as an array, a new reference. */
json_t *mutate_random(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s);

/* The same of follows and stars alone, new ones and such that are taken back: what a world can go on with for days. */
void mutate_edges(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s);

/* The same around the first account, where crawls begin: who follows it, whom it follows, stars of what it owns. Its followers
 * stay below half of all accounts. */
void mutate_first(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s);

/* The last `days` days of that, as if they had gone by: stars have the dates of these days. */
void mutate_past(struct world *w, uint64_t seed, int days, int64_t now_s);

/* Everything there is to know, as JSON; see docs/simulator.md. */
void truth_render(struct buf *b, const struct world *w, const char *base);

#endif
