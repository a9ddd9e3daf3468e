/* demo: gives the database of `gitomatic up --demo` a past of a month, and keeps it changing. Its GitHub is simulated, and
 * so is this past: counts by day, growth by day, the quota of a day. Only demos call it, and what tells whether records are a demo's: the API, exports and imports. The
 * only caller of demo.sql. */
#pragma once
#include "schema/db/db.h"

#define DEMO_DAYS  30
#define DEMO_TOKEN "demo-token-of-ada"  /* accepted by the simulated GitHub only */
#define DEMO_LABEL "token-686850c9c7ae" /* its credential's (github/credential.h) */

/* Writes the past once there are records. *done_out: it exists, now or from before. In one transaction; the sums of all days
 * do not change. */
MUST_CHECK bool demo_past(struct db *db, bool *done_out, struct err *err);

/* Whether a process with the demo's credential has worked in the database, or demo_mark() was called. */
MUST_CHECK bool demo_crawled(struct db *db, bool *out, struct err *err);

/* Whether the database has a developer or repository. */
MUST_CHECK bool demo_has_records(struct db *db, bool *out, struct err *err);
/* Remembers for good that records of a demo are imported into the database. Repeating it is harmless. */
MUST_CHECK bool demo_mark(struct db *db, struct err *err);
/* The import brought nothing: forgets that again. Nothing if there are records. */
MUST_CHECK bool demo_unmark(struct db *db, struct err *err);

/* The login of a most followed developer whose lists were read longest ago; len 0: none yet. In the arena. */
MUST_CHECK bool demo_next(struct db *db, struct arena *a, slice *login_out, struct err *err);
