/* browse_query: which records of a list, in which order: counts and pages of ids. The records themselves come from
 * browse.h. Work is bounded: no page is found by counting the list, and none of the plans visits it whole.
 *
 *   no filter      count from the kept counts; a page number finds its day there and skips inside that day only
 *   few match      (fewer than the cap) all of them are gathered through the filters' own indexes and sorted
 *   many match     the index of the order is walked and filtered on the way: with so many matches, a page is near
 */
#pragma once
#include "schema/browse/browse.h"

#define BROWSE_MAX_ORDER 3
#define BROWSE_MAX_WORDS 10
#define BROWSE_MAX_HITS  101 /* a page, and one more to know whether it is the last */
#define BROWSE_MAX_KEYS  (BROWSE_MAX_ORDER + 2)
#define BROWSE_COUNT_CAP 5000
#define BROWSE_HEAP_CAP  3000 /* where records are read to count them: text inside fields, several columns */
#define BROWSE_SCAN_CAP  1000 /* where nothing else than reading all of them tells */
#define BROWSE_NO_CAP    INT64_MAX

/* Nulls are last either way. */
struct browse_order {
    enum browse_column column;
    bool descending;
};

/* Where a record stands in an order: the order's columns, then created_at, then github_id (each once, see browse_keys). */
struct browse_value {
    bool null;
    int64_t number; /* also 0/1 and Unix us */
    slice text;
};
struct browse_position {
    struct browse_value keys[BROWSE_MAX_KEYS];
};

struct browse_query {
    enum browse_list list; /* developers or repositories */
    const struct browse_filter *filters;
    size_t n_filters;
    slice words[BROWSE_MAX_WORDS]; /* all must be found */
    size_t n_words;
    struct browse_order order[BROWSE_MAX_ORDER]; /* none: newest first */
    size_t n_order;
    /* composed.h: records that match though the filters do not find them, and those that do not though they do */
    int64_t *also, *never;
    size_t n_also, n_never;
    bool composed;                  /* its texts are */
    struct browse_assumed *assumed; /* that the list has no records of either kind; NULL: it is known */
};

struct browse_count {
    int64_t n;
    bool capped; /* there are more than n */
    bool known;
    int64_t
        pending_deltas; /* changes that the kept count has not folded in yet (list_counts.h); 0 where that was not read */
};
/* Counts up to `cap` (BROWSE_NO_CAP: all). Without filters and words it is exact and costs nothing. */
MUST_CHECK bool browse_count(struct db *db, const struct browse_query *query, int64_t cap,
                             struct browse_count *count_out, struct err *err);
/* How far this query is counted. */
int64_t browse_cap(const struct browse_query *query);

struct browse_page {
    int64_t n, skip;
    const struct browse_position *after; /* NULL: from the beginning; skip is 0 then */
    bool backwards; /* from the end, or from `after`, towards the beginning; hits come in list order */
};
struct browse_hits {
    size_t n;
    int64_t ids[BROWSE_MAX_HITS];
    struct browse_position positions[BROWSE_MAX_HITS]; /* texts in the arena */
};
/* count: as far as known; what was not known is counted on the way, up to browse_cap(). */
MUST_CHECK bool browse_find(struct db *db, struct arena *a, const struct browse_query *query,
                            const struct browse_page *page, struct browse_count *count,
                            struct browse_hits *out, struct err *err);

/* Columns of the keys a place of this order has: column and number. */
size_t browse_keys(const struct browse_query *query, enum browse_column columns_out[BROWSE_MAX_KEYS]);
