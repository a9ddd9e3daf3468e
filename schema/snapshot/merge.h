/* snapshot merge: merges a snapshot's rows into the tables; newer data wins, field by field.
 *
 * A table's rows are copied into a temporary table and merged from there in parts, one transaction each, in the order of
 * snapshot_tables: records first, so that both ends of every edge exist. Repeating it is harmless. The rules:
 *  - of two records the one that was synced later (or changed later at GitHub) wins; fields it does not know come from the
 * other. A null in a synced record (no name given) is a known value.
 *  - an edge is added unless this database saw it end after the snapshot first saw it, or one of its ends is gone; an edge
 * that ended in the snapshot ends here, too, unless it was seen here after that.
 *  - forgotten people stay forgotten, with their repositories and edges. Rows about records that are in neither are skipped.
 * */
#pragma once
#include "schema/graph/load.h"
#include "schema/snapshot/read.h"

/* Edges without a time, from a database in which none ever ended, are added unless this database has seen them end, has read
 * a list that would contain them, or one of their ends is gone. */
enum merge_edges { MERGE_TIMED_EDGES, MERGE_UNTIMED_EDGES };

/* An empty landing table; in the session until merge_table has finished. */
MUST_CHECK bool merge_begin(struct db *db, const struct snapshot_table *table, enum snapshot_form form,
                            struct err *err);
/* The COPY statement into it, for db_copy_in; in the arena. */
const char *merge_copy(struct arena *a, const struct snapshot_table *table, enum snapshot_form form);
/* Everything in the landing table, added to *out. in_transaction and progress: as load_merge. */
MUST_CHECK bool merge_table(struct db *db, const struct snapshot_table *table, enum snapshot_form form,
                            enum merge_edges edges, bool in_transaction, load_progress *progress,
                            struct load_figures *out, struct err *err);
