/* moves: lets a generated world change by itself: a few follows and stars are added and removed, some of them around the first account.
 *
 * With a file, the world continues where the last process ended: the file stores what the options do not determine, which is the times
 * of the moves and the writes of clients. moves.c describes its lines. */
#ifndef GITOMATIC_SIM_MOVES_H
#define GITOMATIC_SIM_MOVES_H

#include "sim/world/world.h"

#include <jansson.h>

struct moves_options {
    const char *file;  /* NULL: nothing is stored */
    const char *world; /* one word that identifies the options: another world's file is replaced */
    uint64_t seed;
    int64_t interval_s;
    bool has_past; /* moves of the thirty days before the first start */
};

/* Applies the past and the content of the file to a new world. False, with the reason in one line in err: another process uses the
 * file, or it cannot be written. The caller frees *out with moves_close(). Options are copied, their texts borrowed. */
bool moves_open(const struct moves_options *o, struct world *w, struct moves **out, char *err,
                size_t err_size);
void moves_close(struct moves *m); /* NULL is fine */

/* One move. The caller holds the world's write lock. */
void moves_make(struct moves *m, struct world *w);

/* Stores an op that a client applied. The caller holds the world's write lock; m may be NULL. */
void moves_keep(struct moves *m, const json_t *op, int64_t at_s, uint64_t rng_state);

#endif
