/* demo: what makes the database of `gitomatic up --demo` one that has run for a month, and keeps it moving. Its GitHub is a
 * simulated one, and so is this past: counts by day, growth by day, the quota of a day. Nothing else calls it. The only caller
 * of demo.sql. */
#pragma once
#include "schema/db/db.h"

#define DEMO_DAYS 30

/* Once there is something to give a past to, and no past yet: *done_out true, also where one is there already. In one
 * transaction; the sums of all days stay what they are. */
MUST_CHECK bool demo_past(struct db *db, bool *done_out, struct err *err);

/* The login of one of the most followed whose lists were read longest ago; len 0: none yet. In the arena. */
MUST_CHECK bool demo_next(struct db *db, struct arena *a, slice *login_out, struct err *err);
