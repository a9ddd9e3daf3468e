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

/* The same for a client, at the current time; moves_keep() stores it. */
bool mutate_by_client(struct world *w, const json_t *op, char *err, size_t err_size);

/* Adds or removes a star of a client, as the ops do. */
bool mutate_star(struct world *w, uint32_t user, uint32_t repo, bool add, char *err, size_t err_size);

/* Applies `steps` random valid ops and returns them as an array, a new reference. */
json_t *mutate_random(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s);

/* The same with follows and stars only, added and removed: changes that a world can undergo for days. */
void mutate_edges(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s);

/* The same around the first account, where crawls begin: its followers, the accounts it follows, stars of its repositories. It keeps
 * fewer followers than half of all accounts. */
void mutate_first(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s);

/* The changes of the last `days` days: stars get dates within them. */
void mutate_past(struct world *w, uint64_t seed, int days, int64_t now_s);

/* The whole world as JSON; see docs/simulator.md. */
void truth_render(struct buf *b, const struct world *w, const char *base);

#endif
