/* browse_sql: statements over one list, composed from tables of clauses. Private to schema/browse/. A client's values are
 * parameters; every other byte of a statement is a literal of schema/browse/. */
#pragma once
#include "core/base/buf.h"
#include "schema/browse/query.h"

#define BROWSE_MAX_ARGS 160

struct browse_sql {
    struct arena *arena;
    struct buf text;
    struct db_arg args[BROWSE_MAX_ARGS];
    size_t n_args;
};
void browse_sql_init(struct browse_sql *sql, struct arena *a);
void browse_sql_finish(struct browse_sql *sql);
/* Finished at the end of its scope; to be initialised at once. */
#define AUTO_SQL CLEANUP(browse_sql_finish) struct browse_sql
/* The number of a new parameter. */
int browse_sql_arg(struct browse_sql *sql, struct db_arg value);

/* A clause can be written so that an index can be used, or so that none can: a scan of the order's index must not be
 * replaced by an index that finds many rows and sorts them all. */
enum browse_form { BROWSE_INDEXED, BROWSE_HIDDEN };

/* " and …" for one filter, one word. */
void browse_put_filter(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form);
void browse_put_word(struct browse_sql *sql, slice word, enum browse_form form);
/* All clauses of a query: filters, words and the results of composed.h. */
void browse_put_clauses(struct browse_sql *sql, const struct browse_query *query);
/* The name of a list's table: developers or repositories. */
const char *browse_table(enum browse_list list);
/* One or two characters of a script without spaces: there is no index for them, each text is read. */
bool browse_is_read_through(slice word);
bool browse_is_text_search(const struct browse_filter *filter);
/* A part of a text that is too short for the index of trigrams. */
bool browse_is_short_part(const struct browse_filter *filter);

/* ---- order ---- */
struct browse_key {
    enum browse_column column;
    bool descending, nulls_first, never_null;
};
/* The keys of a query's order, all reversed when going backwards. */
size_t browse_order_keys(const struct browse_query *query, bool backwards,
                         struct browse_key keys_out[BROWSE_MAX_KEYS]);
/* " order by …". by_index: nulls of the first key are sorted as in its index; only for rows in which that key is null
 * everywhere or nowhere. */
void browse_put_order(struct browse_sql *sql, const struct browse_key *keys, size_t n, bool by_index);

/* The records after a position form at most 2 n ranges of the order's index: those in which the first `depth` keys are equal
 * and the next one is greater, or null. In order, from number 0; false: no such range, or it is empty. Writes " and …"
 * unless sql is NULL. */
bool browse_put_stretch(struct browse_sql *sql, const struct browse_key *keys, size_t n,
                        const struct browse_position *position, size_t number);
