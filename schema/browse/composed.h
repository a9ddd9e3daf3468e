/* composed: text is compared in Unicode's composed form (NFC, UAX #15), whatever form a query or a record has it in. Records keep
 * it as GitHub sent it; those whose text is in another form are few, have an index of their own (migration 0019), and are looked at
 * apart. The only caller of composed.sql. */
#pragma once
#include "schema/browse/query.h"

struct browse_sql;

/* Before a query that has texts is counted or found: composes its words and the texts of `filters` (which query->filters points to),
 * and finds the records that match, or do not, only because their own text is composed. Everything it makes is in the arena. One
 * round trip where the list has such records, one more for texts that are not ASCII.
 *
 * Until a query has seen that the list has such records, it is assumed to have none, and the first statement of the query
 * takes a look along: where browse_assumed_wrongly says so, what was found is void, and all is to be done again from here. */
MUST_CHECK bool browse_compose(struct db *db, struct arena *a, struct browse_query *query,
                               struct browse_filter *filters, struct err *err);
bool browse_assumed_wrongly(const struct browse_query *query);
/* The same, and nothing is assumed: for what cannot be done again. */
MUST_CHECK bool browse_compose_surely(struct db *db, struct arena *a, struct browse_query *query,
                                      struct browse_filter *filters, struct err *err);
/* The query's texts only, where its records are read with composed_columns. */
MUST_CHECK bool browse_compose_texts(struct db *db, struct arena *a, struct browse_query *query,
                                     struct browse_filter *filters, struct err *err);

/* Around the clauses of the filters and words, as " and ..." each: what browse_compose found is taken, or not, by id. */
/* What a list's clauses and orders name, separated by commas; the texts composed or as they are kept. */
void composed_columns(struct browse_sql *sql, enum browse_list list, bool composed);
/* Runs a statement of the query, and looks beside it if that is still to be done. */
MUST_CHECK bool composed_run(struct db *db, const struct browse_query *query, const struct browse_sql *sql,
                             struct db_rows *rows_out, struct err *err);
void composed_begin(struct browse_sql *sql, const struct browse_query *query);
void composed_end(struct browse_sql *sql, const struct browse_query *query);
