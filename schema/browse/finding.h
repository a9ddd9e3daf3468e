/* finding: the search for one page of a list. Private to query.c (counts, few matches) and walk.c (many matches). */
#pragma once
#include "schema/browse/query.h"
#include "schema/browse/sql.h"

#define LISTED "synced_at is not null and gone_at is null"

struct finding {
    struct db *db;
    struct arena *arena;
    const struct browse_query *query;
    const struct browse_page *page;
    struct browse_count *count; /* of the whole list; not known: read together with the first rows */
    struct browse_key keys[BROWSE_MAX_KEYS];
    size_t n_keys;
    struct browse_hits *hits;
};

static inline bool browse_is_filtered(const struct browse_query *query)
{
    return query->n_filters + query->n_words > 0;
}

/* The default order, named or not. */
static inline bool browse_is_newest_first(const struct browse_query *query)
{
    const struct browse_order *first = &query->order[0];
    return query->n_order == 0 ||
           (query->n_order == 1 && first->column == BROWSE_CREATED_AT && first->descending);
}

/* Runs a statement that selects the keys, the id last, and takes its rows. n_out: a further column, the same in each row; if
 * there are no rows, one without an id has it. NULL: none. */
MUST_CHECK bool finding_take(struct finding *f, struct browse_sql *sql, int64_t *n_out, struct err *err);
void finding_put_keys(struct browse_sql *sql, const struct finding *f);
void finding_put_limit(struct browse_sql *sql, int64_t n, int64_t skip);

/* ---- walk.c ---- */

MUST_CHECK bool walk_pages(struct finding *f, struct err *err);
const struct browse_filter *walk_driver(const struct browse_query *query);
