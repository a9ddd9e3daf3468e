/* browse_stream: all records of a list, or all edges of a relation, in order, in batches from one snapshot: a server-side
 * cursor in a read-only transaction. Other reads on the same connection see the same snapshot. The caller ends it with
 * db_rollback. */
#pragma once
#include "schema/browse/relations.h"

#define BROWSE_STREAM_BATCH 500

/* Opens the transaction. idle_ms: how long the server lets it idle between batches. */
MUST_CHECK bool browse_stream_begin(struct db *db, int idle_ms, struct err *err);

/* The records of the list that match, at most `limit` (INT64_MAX: all). `filters` are those that the query points to. */
MUST_CHECK bool browse_stream_list(struct db *db, struct arena *a, struct browse_query *query,
                                   struct browse_filter *filters, int64_t limit, struct err *err);
/* The same for a relation, whose filters are composed (browse_compose_texts). */
MUST_CHECK bool browse_stream_relation(struct db *db, const struct relation_query *query, int64_t limit,
                                       struct err *err);

/* The next `n` edges, at most BROWSE_STREAM_BATCH; of a list, only ids. Fewer: it was the last batch. */
MUST_CHECK bool browse_stream_next(struct db *db, size_t n, struct relation_edge *edges_out, size_t *n_out,
                                   struct err *err);

/* ---- private to schema/browse ---- */
#define BROWSE_STREAM_CURSOR "declare stream no scroll cursor for "
struct browse_sql;
/* Opens the cursor of a statement that begins with BROWSE_STREAM_CURSOR, at most `limit` rows (INT64_MAX: all). */
MUST_CHECK bool browse_stream_open(struct db *db, struct browse_sql *sql, int64_t limit, struct err *err);
/* Its next n rows. */
MUST_CHECK bool browse_stream_fetch(struct db *db, size_t n, struct db_rows *rows_out, struct err *err);
