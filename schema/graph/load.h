/* load: bulk loading (imports, first syncs of very large accounts).
 *
 * Rows are copied into a landing table of the session and merged from there in parts of about 600,000 edges, one transaction
 * each, with indexes and triggers in force and a crawl running. A part is repeated if a crawl wrote the same rows meanwhile.
 * The caller provides the merge statement, since the rule for newer data differs. For speed it must process rows in the
 * order of the primary key, so that neighbours share a page of the index, and skip existing rows before it writes. */
#pragma once
#include "schema/db/db.h"

struct load_figures {
    int64_t rows, added, changed, left_out; /* changed: including ended edges */
};

typedef void load_progress(const char *what, double share);

/* An empty pg_temp.landing with these columns ("a bigint, b text"); in the session until load_end. */
MUST_CHECK bool load_begin(struct db *db, const char *columns, struct err *err);
/* The merge's condition for the rows of a piece, of the landing table called l. */
#define LOAD_PIECE "l.ctid >= $1::text::tid and l.ctid < $2::text::tid"
/* Runs `merge` for each piece and adds its figures to *out: one row with the numbers taken, added and changed; the rest is left out.
 * in_transaction: the caller's, for a trial that is rolled back. `progress` (or NULL) gets `what` after each piece, with the share
 * that is done. */
MUST_CHECK bool load_merge(struct db *db, const char *what, slice merge, bool in_transaction,
                           load_progress *progress, struct load_figures *out, struct err *err);
MUST_CHECK bool load_end(struct db *db, struct err *err);
