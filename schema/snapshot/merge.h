/* snapshot merge: rows of a snapshot into the tables, where newer knowledge wins, field by field.
 *
 * A table's rows are copied into a temporary table and merged from there in pieces, a transaction each, in the order of
 * snapshot_tables: records first, so that both ends of every edge are there. Repeating it is harmless. What stays:
 *  - of two records the one that was synced later (or changed later at GitHub) gives the fields; where it does not know one, the
 *    other does. A null that a synced record says (no name given) counts as known.
 *  - an edge is new unless we saw it end after the snapshot first saw it, or one of its ends is gone; one that the snapshot saw end ends here, too, unless we
 *    met it after that.
 *  - who was forgotten here does not come back, nor do their repositories and edges. Rows about records that are in neither are
 *    left out. */
#pragma once
#include "schema/graph/load.h"
#include "schema/snapshot/read.h"

/* Edges that come without a time, from a database where none ever ended, are of today at the earliest: they are added
 * unless this database has seen them end, has read a list that would hold them, or knows one of their ends as gone. */
enum merge_edges { MERGE_TIMED_EDGES, MERGE_UNTIMED_EDGES };

/* An empty landing table; in the session until merge_table is through. */
MUST_CHECK bool merge_begin(struct db *db, const struct snapshot_table *table, enum snapshot_form form,
                            struct err *err);
/* The COPY statement into it, for db_copy_in; in the arena. */
const char *merge_copy(struct arena *a, const struct snapshot_table *table, enum snapshot_form form);
/* Everything in the landing table, added to *out. in_transaction and progress: as load_merge. */
MUST_CHECK bool merge_table(struct db *db, const struct snapshot_table *table, enum snapshot_form form,
                            enum merge_edges edges, bool in_transaction, load_progress *progress,
                            struct load_figures *out, struct err *err);
