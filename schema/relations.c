/* Statements over one node's edges, put together from the table below; values travel as parameters. */
#include "schema/relations.h"
#include "core/base/buf.h"
#include <assert.h>

static const struct relation_sql {
    const char *subject, *other, *at; /* columns; edges are ordered by `at` */
    bool undated;                     /* `at` may be null */
    const char *now, *past;           /* tables */
    const char *since;                /* from when an edge holds */
    const char *columns;              /* starred_at, first_seen_at */
} relations[] = {
    [RELATION_FOLLOWERS] = {"followed_github_id", "follower_github_id", "first_seen_at", false, "follows",
                            "follow_history", "first_seen_at",
                            "null::timestamptz as starred_at, first_seen_at"},
    [RELATION_FOLLOWING] = {"follower_github_id", "followed_github_id", "first_seen_at", false, "follows",
                            "follow_history", "first_seen_at",
                            "null::timestamptz as starred_at, first_seen_at"},
    [RELATION_STARRED] = {"developer_github_id", "repository_github_id", "starred_at", true, "stars",
                          "star_history", "coalesce(starred_at, first_seen_at)", "starred_at, first_seen_at"},
    [RELATION_STARGAZERS] = {"repository_github_id", "developer_github_id", "starred_at", true, "stars",
                             "star_history", "coalesce(starred_at, first_seen_at)",
                             "starred_at, first_seen_at"},
    /* gone_at is null goes with the table: what has gone is not owned */
    [RELATION_OWNED] = {"owner_github_id", "github_id", "created_at", true,
                        "(select * from repositories where gone_at is null) as owned", NULL, NULL,
                        "null::timestamptz as starred_at, first_seen_at"},
};

/* The edges of $1 as (id, at, starred_at, first_seen_at, gone_after, gone_before). */
static void put_edges(struct buf *sql, const struct relation_sql *r, bool past)
{
    if (!past) {
        buf_printf(
            sql,
            "select %s as id, %s as at, %s, null::timestamptz as gone_after, null::timestamptz as gone_before"
            " from %s where %s = $1::bigint",
            r->other, r->at, r->columns, r->now, r->subject);
        return;
    }
    /* One edge may have ended and begun again: what holds now, or held last, speaks for it. */
    buf_printf(
        sql,
        "select distinct on (id) * from ("
        "select %s as id, %s as at, %s, null::timestamptz as gone_after, null::timestamptz as gone_before"
        " from %s where %s = $1::bigint and %s <= $2::timestamptz"
        " union all select %s, %s, %s, gone_after, gone_before"
        " from %s where %s = $1::bigint and %s <= $2::timestamptz and gone_before > $2::timestamptz) as edge"
        " order by id, gone_before desc",
        r->other, r->at, r->columns, r->now, r->subject, r->since, r->other, r->at, r->columns, r->past,
        r->subject, r->since);
}

bool relation_count(struct db *db, const struct relation_query *query, int64_t cap, struct browse_count *out,
                    struct err *err)
{
    const struct relation_sql *r = &relations[query->relation];
    struct db_arg args[3] = {DB_I64(query->subject)};
    size_t n_args = 1;
    struct buf sql;
    AUTO_ROWS rows = {0};
    assert(!query->past || r->past);
    buf_init(&sql, 0);
    buf_puts(&sql, "select count(*) from (");
    if (query->past) {
        buf_puts(&sql, "select from (");
        put_edges(&sql, r, true);
        buf_puts(&sql, ") as past");
        args[n_args++] = DB_TIME(query->as_of_ms);
    } else {
        buf_printf(&sql, "select from %s where %s = $1::bigint", r->now, r->subject);
    }
    if (cap != BROWSE_NO_CAP) {
        args[n_args++] = DB_I64(cap + 1);
        buf_printf(&sql, " limit $%zu", n_args);
    }
    buf_puts(&sql, ") as found");
    bool ok = db_run_text(db, buf_slice(&sql), args, n_args, &rows, err);
    if (ok) {
        int64_t n_found = db_i64(&rows, 0, 0);
        *out =
            (struct browse_count){.n = n_found > cap ? cap : n_found, .capped = n_found > cap, .known = true};
    }
    buf_finish(&sql);
    return ok;
}

/* ---- pages ---- */

struct reading {
    struct db *db;
    const struct relation_query *query;
    const struct relation_page *page;
    struct relation_edge *edges;
    size_t n;
};

static struct maybe time_at(const struct db_rows *rows, int row, int col)
{
    return (struct maybe){!db_is_null(rows, row, col), db_time(rows, row, col)};
}

/* The dated edges, or the others; behind `after` where it is given. count_out: count them instead. */
static bool read_part(struct reading *r, bool dated, const struct relation_edge *after, int64_t skip,
                      int64_t *count_out, struct err *err)
{
    const struct relation_sql *how = &relations[r->query->relation];
    const char *sign = r->page->backwards ? ">" : "<", *way = r->page->backwards ? "" : " desc";
    struct db_arg args[8] = {DB_I64(r->query->subject)};
    size_t n = 1;
    struct buf sql;
    AUTO_ROWS rows = {0};
    buf_init(&sql, 0);
    buf_printf(&sql, "select %s from (",
               count_out ? "count(*)" : "id, at, starred_at, first_seen_at, gone_after, gone_before");
    put_edges(&sql, how, r->query->past);
    if (r->query->past)
        args[n++] = DB_TIME(r->query->as_of_ms);
    buf_printf(&sql, ") as edge where at is %s", dated ? "not null" : "null");
    if (after && dated) {
        args[n++] = DB_TIME_US(after->order_us.value);
        args[n++] = DB_I64(after->id);
        buf_printf(&sql, " and (at, id) %s ($%zu::timestamptz, $%zu::bigint)", sign, n - 1, n);
    } else if (after) {
        args[n++] = DB_I64(after->id);
        buf_printf(&sql, " and id %s $%zu::bigint", sign, n);
    }
    if (!count_out) {
        args[n++] = DB_I64(r->page->n - (int64_t)r->n);
        args[n++] = DB_I64(skip);
        /* nulls, though there are none, stand where the index has them */
        const char *nulls = !how->undated ? "" : r->page->backwards ? " nulls first" : " nulls last";
        buf_printf(&sql, " order by at%s%s, id%s limit $%zu offset $%zu", way, nulls, way, n - 1, n);
    }
    bool ok = db_run_text(r->db, buf_slice(&sql), args, n, &rows, err);
    buf_finish(&sql);
    if (ok && count_out)
        *count_out = db_i64(&rows, 0, 0);
    for (int i = 0; ok && !count_out && i < rows.n; i++)
        r->edges[r->n++] = (struct relation_edge){
            .id = db_i64(&rows, i, 0),
            .order_us = {!db_is_null(&rows, i, 1), db_time_us(&rows, i, 1)},
            .starred_at = time_at(&rows, i, 2),
            .first_seen_at = time_at(&rows, i, 3),
            .gone_after = time_at(&rows, i, 4),
            .gone_before = time_at(&rows, i, 5),
        };
    return ok;
}

/* Dated edges first, then the others; the other way round when going backwards. */
static bool read_edges(struct reading *r, struct err *err)
{
    const struct relation_page *page = r->page;
    const struct relation_edge *after = page->after;
    bool first = !page->backwards, undated = relations[r->query->relation].undated;
    int64_t n_first = 0;
    if (!undated)
        return read_part(r, true, after, page->skip, NULL, err);
    if (!after || after->order_us.known == first) {
        if (!read_part(r, first, after, page->skip, NULL, err))
            return false;
        if ((int64_t)r->n == page->n)
            return true;
        if (r->n == 0 && page->skip && !read_part(r, first, NULL, 0, &n_first, err))
            return false;
        return read_part(r, !first, NULL, r->n ? 0 : page->skip - n_first, NULL, err);
    }
    return read_part(r, !first, after, page->skip, NULL, err);
}

bool relation_find(struct db *db, const struct relation_query *query, const struct relation_page *page,
                   struct relation_edge *edges_out, size_t *n_out, struct err *err)
{
    struct reading r = {.db = db, .query = query, .page = page, .edges = edges_out};
    assert(page->n <= BROWSE_MAX_HITS && !(page->after && page->skip));
    if (!read_edges(&r, err))
        return false;
    for (size_t i = 0, k = r.n; page->backwards && i + 1 < k; i++) {
        struct relation_edge edge = edges_out[i];
        edges_out[i] = edges_out[--k];
        edges_out[k] = edge;
    }
    *n_out = r.n;
    return true;
}
