/* composed: compares text in Unicode's composed form (NFC, UAX #15), whatever form a query or a record has. Records store it
 * as GitHub sent it; the few with text in another form have an index of their own (migration 0019), and are checked
 * separately. The only caller of composed.sql. */
#pragma once
#include "schema/browse/query.h"

struct browse_sql;

/* Call before a query with texts is counted or found: composes its words and the texts of `filters` (which query->filters
 * points to), and finds the records that match, or do not, only if their own text is composed. Results are in the arena. One
 * round trip if the list has such records, one more for texts that are not ASCII.
 *
 * Until a query has seen that the list has such records, it assumes that there are none, and its first statement also checks
 * this: if browse_assumed_wrongly() is true, the results are invalid, and everything must be repeated from here. */
MUST_CHECK bool browse_compose(struct db *db, struct arena *a, struct browse_query *query,
                               struct browse_filter *filters, struct err *err);
bool browse_assumed_wrongly(const struct browse_query *query);
/* The same without the assumption: for work that cannot be repeated. */
MUST_CHECK bool browse_compose_surely(struct db *db, struct arena *a, struct browse_query *query,
                                      struct browse_filter *filters, struct err *err);
/* Only the query's texts, if its records are read with composed_columns. */
MUST_CHECK bool browse_compose_texts(struct db *db, struct arena *a, struct browse_query *query,
                                     struct browse_filter *filters, struct err *err);

/* ---- private to schema/browse ---- */
/* The columns in a list's clauses and orders, separated by commas; texts composed or as stored. */
void composed_columns(struct browse_sql *sql, enum browse_list list, bool composed);
/* Runs a statement of the query, together with the check if that is still pending. */
MUST_CHECK bool composed_run(struct db *db, const struct browse_query *query, const struct browse_sql *sql,
                             struct db_rows *rows_out, struct err *err);
/* Written before and after the clauses of filters and words (each " and …"): include, or exclude, by id what browse_compose found. */
void composed_begin(struct browse_sql *sql, const struct browse_query *query);
void composed_end(struct browse_sql *sql, const struct browse_query *query);
