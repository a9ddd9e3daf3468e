/* browse_query: finds the records of a list, in order: counts and pages of ids. browse.h reads the records. Work is bounded:
 * no plan counts or reads the whole list.
 *
 *   no filter      the count is stored; a page number is looked up in the counts by day, and only records of that day are skipped
 *   few match      (fewer than the cap) all of them are found through the filters' own indexes and sorted
 *   many match     the index of the order is scanned and filtered: with many matches, a page is found soon
 */
#pragma once
#include "schema/browse/browse.h"

#define BROWSE_MAX_ORDER 3
#define BROWSE_MAX_WORDS 10
#define BROWSE_MAX_HITS  101 /* a page, and one more record to know whether it is the last */
#define BROWSE_MAX_KEYS  (BROWSE_MAX_ORDER + 2)
#define BROWSE_COUNT_CAP 5000
#define BROWSE_HEAP_CAP  3000 /* if records must be read to count them: text inside fields, several columns */
#define BROWSE_SCAN_CAP  1000 /* if all records must be read */
#define BROWSE_NO_CAP    INT64_MAX

/* Nulls are last in both directions. */
struct browse_order {
    enum browse_column column;
    bool descending;
};

/* The position of a record in an order: the order's columns, then created_at, then github_id (each once, see browse_keys). */
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
    /* composed.h: records that match although the filters do not find them, and records that the filters find although they
     * do not match */
    int64_t *also, *never;
    size_t n_also, n_never;
    bool composed;                  /* its texts are composed */
    struct browse_assumed *assumed; /* the assumption that the list has no such records; NULL: it is known */
};

struct browse_count {
    int64_t n;
    bool capped; /* there are more than n */
    bool known;
    int64_t pending_deltas; /* changes not merged into the count yet (list_counts.h); 0 if not read */
};
/* Counts up to `cap` (BROWSE_NO_CAP: all). Without filters and words it is exact and costs nothing. */
MUST_CHECK bool browse_count(struct db *db, const struct browse_query *query, int64_t cap,
                             struct browse_count *count_out, struct err *err);
/* The cap of this query's count. */
int64_t browse_cap(const struct browse_query *query);

struct browse_page {
    int64_t n, skip;
    const struct browse_position *after; /* NULL: from the beginning; skip is 0 then */
    bool backwards; /* from the end, or from `after`, towards the beginning; hits are in list order */
};
struct browse_hits {
    size_t n;
    int64_t ids[BROWSE_MAX_HITS];
    struct browse_position positions[BROWSE_MAX_HITS]; /* texts in the arena */
};
/* count: if it is not known, it is counted as well, up to browse_cap(). */
MUST_CHECK bool browse_find(struct db *db, struct arena *a, const struct browse_query *query,
                            const struct browse_page *page, struct browse_count *count,
                            struct browse_hits *out, struct err *err);

/* A page of a list without filters, in the usual order, near its beginning: its records come with its ids and the list's count, in one
 * round trip. */
bool browse_is_newest_page(const struct browse_query *query, const struct browse_page *page);
/* For a page of which that is true: rows as of browse_developers() or browse_repositories(), page->n of them. */
MUST_CHECK bool browse_newest_page(struct db *db, const struct browse_query *query,
                                   const struct browse_page *page, unsigned relations,
                                   struct browse_count *count_out, struct db_rows *rows_out, bool *more_out,
                                   struct err *err);

/* The columns of a position's keys in this order; returns their number. */
size_t browse_keys(const struct browse_query *query, enum browse_column columns_out[BROWSE_MAX_KEYS]);
