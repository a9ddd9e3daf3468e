/* moves: how a generated world goes on by itself: a few follows and stars come and go, some of them around the first account.
 *
 * With a file, a world that is generated again with the same options is the one that it was when its last process ended, and goes on
 * from there: the file has what cannot be generated, the moments of the moves and what clients wrote. See moves.c for its lines. */
#ifndef GITOMATIC_SIM_MOVES_H
#define GITOMATIC_SIM_MOVES_H

#include "sim/world/world.h"

#include <jansson.h>

struct moves_options {
    const char *file; /* NULL: the world is forgotten */
    const char
        *world; /* one word that names its options: a file of another one is begun anew, which stderr says */
    uint64_t seed;
    int64_t interval_s;
    bool has_past; /* thirty days before the first process */
};

/* Applies the past and what the file has to a new world. False, with the reason in one line in err: the file is another process's,
 * or cannot be written. *out is the caller's; options are copied but for the texts. */
bool moves_open(const struct moves_options *o, struct world *w, struct moves **out, char *err,
                size_t err_size);
void moves_close(struct moves *m); /* NULL is fine */

/* One move. The caller holds the world's write lock. */
void moves_make(struct moves *m, struct world *w);

/* Keeps an op that a client applied. The caller holds the world's write lock; m may be NULL. */
void moves_keep(struct moves *m, const json_t *op, int64_t at_s, uint64_t rng_state);

#endif
