/* relations: the edges of one developer or repository, newest first, in pages. */
#pragma once
#include "schema/browse/query.h"

enum relation {
    RELATION_FOLLOWERS,
    RELATION_FOLLOWING,
    RELATION_STARRED,
    RELATION_OWNED,
    RELATION_STARGAZERS
};

/* RELATION_OWNED has no history: as_of must not be set. */
struct relation_query {
    enum relation relation;
    int64_t subject; /* GitHub id of the developer, or the repository */
    bool past;
    struct browse_query
        records; /* filters, words and order of the records at the other end; `list` is used only with them */
    int64_t as_of_ms; /* with `past`: edges that may have existed at that time */
};

struct relation_edge {
    int64_t id;            /* GitHub id of the record at the other end */
    struct maybe order_us; /* the key of the list's order: first_seen_at, starred_at or created_at */
    struct maybe starred_at, first_seen_at, gone_after, gone_before;
};

/* Counts up to `cap` edges. */
MUST_CHECK bool relation_count(struct db *db, const struct relation_query *query, int64_t cap,
                               struct browse_count *count_out, struct err *err);

struct relation_page {
    int64_t n, skip;
    const struct relation_edge
        *after; /* id and order_us are used; NULL: from the beginning; else skip is 0 */
    bool backwards;
};
/* Newest first, edges without a time last, ties by id, greatest first. edges_out has room for n, at most BROWSE_MAX_HITS. */
MUST_CHECK bool relation_find(struct db *db, const struct relation_query *query,
                              const struct relation_page *page, struct relation_edge *edges_out,
                              size_t *n_out, struct err *err);

/* ---- for schema/browse/stream.c ---- */
struct browse_sql;
/* The statement that selects all edges in their order. */
void relation_put_all(struct browse_sql *sql, const struct relation_query *query);
/* Its rows. */
void relation_take_rows(const struct db_rows *rows, struct relation_edge *edges_out);
