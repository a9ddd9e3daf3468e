/* demo_look: whether the database has records of a demo, as pages say. Known at once if this is the API of `gitomatic up --demo`; else a
 * thread asks the database at the start, and again every few minutes, since an import may bring them, until they are there. */
#pragma once
#include "core/base/err.h"

struct api;
struct demo_look;

/* Sets api->demo, now or later. NULL in *out: nothing is left to ask. Owned by the caller, which stops it. */
MUST_CHECK bool demo_look_start(struct api *api, struct demo_look **out, struct err *err);
/* NULL is allowed. Waits for a statement that runs. */
void demo_look_stop(struct demo_look *look);
