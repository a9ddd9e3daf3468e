/* Statements over one node's edges, composed from the table below; values are parameters. */
#include "schema/browse/relations.h"
#include "core/base/buf.h"
#include "schema/browse/composed.h"
#include "schema/browse/sql.h"
#include <assert.h>
#include <stdio.h>

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
    /* with the condition: gone repositories are not owned */
    [RELATION_OWNED] = {"owner_github_id", "github_id", "created_at", true,
                        "(select * from repositories where gone_at is null) as owned", NULL, NULL,
                        "null::timestamptz as starred_at, first_seen_at"},
};

/* What a statement reads: edges of $1, past ones as they may have been at $2. */
struct part {
    const struct relation_sql *how;
    bool past;
    bool dated; /* the edges with a known time, or those without */
    const char *
        after; /* sign and values (at and id, or id) of the edges after a position; NULL: from the beginning */
};

static void put_after(struct buf *sql, const struct part *part, const char *at, const char *id)
{
    if (part->after && part->dated)
        buf_printf(sql, " and (%s, %s) %s", at, id, part->after);
    else if (part->after)
        buf_printf(sql, " and %s %s", id, part->after);
}

/* The edges that hold now. Each clause is a range of the index that has their order, also for the past: where the time is
 * known, an edge holds from then on. */
static void put_now(struct buf *sql, const struct part *part, bool columns)
{
    const struct relation_sql *r = part->how;
    buf_puts(sql, "select");
    if (columns)
        buf_printf(
            sql, " %s as id, %s as at, %s, null::timestamptz as gone_after, null::timestamptz as gone_before",
            r->other, r->at, r->columns);
    buf_printf(sql, " from %s where %s = $1::bigint and %s is %s", r->now, r->subject, r->at,
               part->dated ? "not null" : "null");
    if (part->past)
        buf_printf(sql, " and %s <= $2::timestamptz", part->dated ? r->at : "first_seen_at");
    put_after(sql, part, r->at, r->other);
}

/* The edges that have ended and may have held at $2, once each. One that began again and holds now is returned by put_now().
 * A subquery, so that each is looked up by its key, however many the planner expects. */
static void put_ended(struct buf *sql, const struct part *part)
{
    const struct relation_sql *r = part->how;
    buf_printf(sql,
               "select id, at, starred_at, first_seen_at, gone_after, gone_before from ("
               "select distinct on (%s) %s as id, %s as at, %s, gone_after, gone_before"
               " from %s where %s = $1::bigint and %s <= $2::timestamptz and gone_before > $2::timestamptz"
               " order by %s, gone_before desc) as ended"
               " where at is %s and (select true from %s where %s = $1::bigint and %s = ended.id"
               " and %s <= $2::timestamptz) is null",
               r->other, r->other, r->at, r->columns, r->past, r->subject, r->since, r->other,
               part->dated ? "not null" : "null", r->now, r->subject, r->other, r->since);
    put_after(sql, part, "at", "id");
}

static void put_counted(struct buf *sql, const struct part *part, const char *limit)
{
    buf_puts(sql, "(");
    put_now(sql, part, false);
    buf_printf(sql, "%s)", limit);
    if (part->past) {
        buf_puts(sql, " union all (select from (");
        put_ended(sql, part);
        buf_printf(sql, ") as gone%s)", limit);
    }
}

/* ---- by fields of the records ---- */

/* Whether the edges are selected by fields of their records: then relation_count and relation_find read all of the subject's
 * edges with their records. An order has no cursors: relation_page.after must be NULL. */
static bool relation_is_filtered(const struct browse_query *records)
{
    return records->n_filters + records->n_words + records->n_order > 0;
}

/* All edges of $1, as far as they held at $2. */
static void put_edges(struct buf *sql, const struct relation_query *query)
{
    const struct relation_sql *r = &relations[query->relation];
    for (int dated = 1; dated >= (r->undated ? 0 : 1); dated--) {
        const struct part part = {.how = r, .past = query->past, .dated = dated != 0};
        buf_puts(sql, dated ? "" : " union all ");
        put_now(sql, &part, true);
        if (!query->past)
            continue;
        buf_puts(sql, " union all ");
        put_ended(sql, &part);
    }
}

#define EDGE_COLUMNS "edge_id, at, edge_starred_at, edge_first_seen_at, gone_after, gone_before"

static void put_filtered(struct browse_sql *sql, const struct relation_query *query, const char *what)
{
    const struct browse_query *records = &query->records;
    browse_sql_arg(sql, DB_I64(query->subject));
    if (query->past)
        browse_sql_arg(sql, DB_TIME(query->as_of_ms));
    buf_printf(&sql->text, "select %s from (", what);
    put_edges(&sql->text, query);
    buf_puts(&sql->text, ") as edge (" EDGE_COLUMNS ") join (select ");
    composed_columns(sql, records->list, records->composed);
    buf_printf(&sql->text, " from %s) as record on github_id = edge_id where true",
               records->list == BROWSE_DEVELOPERS ? "developers" : "repositories");
    for (size_t i = 0; i < records->n_filters; i++)
        browse_put_filter(sql, &records->filters[i], BROWSE_HIDDEN);
    for (size_t i = 0; i < records->n_words; i++)
        browse_put_word(sql, records->words[i], BROWSE_HIDDEN);
}

static bool count_filtered(struct db *db, const struct relation_query *query, int64_t cap,
                           struct browse_count *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    AUTO_ARENA a = arena_create();
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    buf_puts(&sql.text, "select count(*) from (");
    put_filtered(&sql, query, "");
    if (cap != BROWSE_NO_CAP)
        buf_printf(&sql.text, " limit $%d", browse_sql_arg(&sql, DB_I64(cap + 1)));
    buf_puts(&sql.text, ") as found");
    bool ok = db_run_text_by_value(db, buf_slice(&sql.text), sql.args, sql.n_args, &rows, err);
    int64_t n = ok ? db_i64(&rows, 0, 0) : 0;
    *out = (struct browse_count){.n = n > cap ? cap : n, .capped = n > cap, .known = true};
    return ok;
}

/* " and ..." for the edges after an edge in the default order. */
static void put_after_key(struct browse_sql *sql, const struct relation_page *page)
{
    const struct relation_edge *after = page->after;
    const char *sign = page->backwards ? ">" : "<";
    int id = browse_sql_arg(sql, DB_I64(after->id));
    if (!after->order_us.known) {
        buf_printf(&sql->text,
                   page->backwards ? " and (at is not null or edge_id %s $%d::bigint)"
                                   : " and at is null and edge_id %s $%d::bigint",
                   sign, id);
        return;
    }
    buf_printf(&sql->text, " and ((at, edge_id) %s ($%d::timestamptz, $%d::bigint)%s)", sign,
               browse_sql_arg(sql, DB_TIME_US(after->order_us.value)), id,
               page->backwards ? "" : " or at is null");
}

static void put_filtered_order(struct browse_sql *sql, const struct relation_query *query, bool backwards)
{
    struct browse_key keys[BROWSE_MAX_KEYS];
    if (query->records.n_order)
        browse_put_order(sql, keys, browse_order_keys(&query->records, backwards, keys), false);
    else
        buf_puts(&sql->text, backwards ? " order by at nulls first, edge_id"
                                       : " order by at desc nulls last, edge_id desc");
}

void relation_put_all(struct browse_sql *sql, const struct relation_query *query)
{
    if (relation_is_filtered(&query->records)) {
        put_filtered(sql, query, EDGE_COLUMNS);
    } else {
        browse_sql_arg(sql, DB_I64(query->subject));
        if (query->past)
            browse_sql_arg(sql, DB_TIME(query->as_of_ms));
        buf_puts(&sql->text, "select * from (");
        put_edges(&sql->text, query);
        buf_puts(&sql->text, ") as edge (" EDGE_COLUMNS ")");
    }
    put_filtered_order(sql, query, false);
}

static bool find_filtered(struct db *db, const struct relation_query *query, const struct relation_page *page,
                          struct db_rows *rows_out, struct err *err)
{
    AUTO_ARENA a = arena_create();
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    put_filtered(&sql, query, EDGE_COLUMNS);
    if (page->after)
        put_after_key(&sql, page);
    put_filtered_order(&sql, query, page->backwards);
    buf_printf(&sql.text, " limit $%d", browse_sql_arg(&sql, DB_I64(page->n)));
    buf_printf(&sql.text, " offset $%d", browse_sql_arg(&sql, DB_I64(page->skip)));
    return db_run_text_by_value(db, buf_slice(&sql.text), sql.args, sql.n_args, rows_out, err);
}

/* ---- counts ---- */

bool relation_count(struct db *db, const struct relation_query *query, int64_t cap, struct browse_count *out,
                    struct err *err)
{
    const struct relation_sql *r = &relations[query->relation];
    const struct part dated = {.how = r, .past = query->past, .dated = true};
    const struct part undated = {.how = r, .past = query->past};
    struct db_arg args[3] = {DB_I64(query->subject)};
    char limit[32] = "";
    size_t n_args = 1;
    AUTO_BUF sql = {0};
    AUTO_ROWS rows = {0};
    assert(!query->past || r->past);
    if (relation_is_filtered(&query->records))
        return count_filtered(db, query, cap, out, err);
    if (query->past)
        args[n_args++] = DB_TIME(query->as_of_ms);
    if (cap != BROWSE_NO_CAP) {
        args[n_args++] = DB_I64(cap + 1);
        snprintf(limit, sizeof limit, " limit $%zu", n_args);
    }
    buf_puts(&sql, "select count(*) from (");
    if (query->past)
        put_counted(&sql, &dated, limit);
    else /* all of them are one range */
        buf_printf(&sql, "select from %s where %s = $1::bigint", r->now, r->subject);
    if (query->past && r->undated) {
        buf_puts(&sql, " union all ");
        put_counted(&sql, &undated, limit);
    }
    buf_printf(&sql, "%s) as found", limit);
    bool ok = db_run_text(db, buf_slice(&sql), args, n_args, &rows, err);
    if (ok) {
        int64_t n_found = db_i64(&rows, 0, 0);
        *out =
            (struct browse_count){.n = n_found > cap ? cap : n_found, .capped = n_found > cap, .known = true};
    }
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

void relation_take_rows(const struct db_rows *rows, struct relation_edge *edges_out)
{
    for (int i = 0; i < rows->n; i++)
        edges_out[i] = (struct relation_edge){
            .id = db_i64(rows, i, 0),
            .order_us = {!db_is_null(rows, i, 1), db_time_us(rows, i, 1)},
            .starred_at = maybe_time(rows, i, 2),
            .first_seen_at = maybe_time(rows, i, 3),
            .gone_after = maybe_time(rows, i, 4),
            .gone_before = maybe_time(rows, i, 5),
        };
}

static void take_rows(struct reading *r, const struct db_rows *rows)
{
    relation_take_rows(rows, r->edges + r->n);
    r->n += (size_t)rows->n;
}

/* Order and limit of edges, or of the rows of a table with such columns. */
static void put_order(struct buf *sql, const struct reading *r, const char *at, const char *id,
                      const char *limit)
{
    const char *way = r->page->backwards ? "" : " desc";
    /* nulls, though there are none, are ordered as in the index */
    bool undated = relations[r->query->relation].undated;
    const char *nulls = !undated ? "" : r->page->backwards ? " nulls first" : " nulls last";
    buf_printf(sql, " order by %s%s%s, %s%s %s", at, way, nulls, id, way, limit);
}

static void put_page(struct buf *sql, const struct reading *r, const struct part *part, size_t n_args)
{
    char limit[48], both[48];
    const struct relation_sql *how = part->how;
    snprintf(limit, sizeof limit, "limit $%zu::bigint offset $%zu::bigint", n_args - 1, n_args);
    snprintf(both, sizeof both, "limit $%zu::bigint + $%zu::bigint", n_args - 1, n_args);
    if (!part->past) {
        put_now(sql, part, true);
        put_order(sql, r, how->at, how->other, limit);
        return;
    }
    /* Both are in order already, so no more of the present edges are read than the page needs. */
    buf_puts(sql, "select * from ((");
    put_now(sql, part, true);
    put_order(sql, r, how->at, how->other, both);
    buf_puts(sql, ") union all (");
    put_ended(sql, part);
    put_order(sql, r, "at", "id", both);
    buf_puts(sql, ")) as edge");
    put_order(sql, r, "at", "id", limit);
}

/* The dated edges, or the others; after `after` if given. count_out: count them instead. */
static bool read_part(struct reading *r, bool dated, const struct relation_edge *after, int64_t skip,
                      int64_t *count_out, struct err *err)
{
    struct part part = {.how = &relations[r->query->relation], .past = r->query->past, .dated = dated};
    const char *sign = r->page->backwards ? ">" : "<";
    struct db_arg args[8] = {DB_I64(r->query->subject)};
    char bound[64];
    size_t n = 1;
    AUTO_ROWS rows = {0};
    if (part.past)
        args[n++] = DB_TIME(r->query->as_of_ms);
    if (after && dated) {
        args[n++] = DB_TIME_US(after->order_us.value);
        args[n++] = DB_I64(after->id);
        snprintf(bound, sizeof bound, "%s ($%zu::timestamptz, $%zu::bigint)", sign, n - 1, n);
    } else if (after) {
        args[n++] = DB_I64(after->id);
        snprintf(bound, sizeof bound, "%s $%zu::bigint", sign, n);
    }
    part.after = after ? bound : NULL;
    AUTO_BUF sql = {0};
    if (count_out) {
        buf_puts(&sql, "select count(*) from (");
        put_counted(&sql, &part, "");
        buf_puts(&sql, ") as found");
    } else {
        args[n++] = DB_I64(r->page->n - (int64_t)r->n);
        args[n++] = DB_I64(skip);
        put_page(&sql, r, &part, n);
    }
    bool ok = db_run_text(r->db, buf_slice(&sql), args, n, &rows, err);
    if (ok && count_out)
        *count_out = db_i64(&rows, 0, 0);
    if (ok && !count_out)
        take_rows(r, &rows);
    return ok;
}

/* Dated edges first, then the others; in reverse when going backwards. */
static bool read_edges(struct reading *r, struct err *err)
{
    const struct relation_page *page = r->page;
    const struct relation_edge *after = page->after;
    bool first = !page->backwards, undated = relations[r->query->relation].undated;
    int64_t n_first = 0;
    AUTO_ROWS rows = {0};
    if (relation_is_filtered(&r->query->records)) {
        if (!find_filtered(r->db, r->query, page, &rows, err))
            return false;
        take_rows(r, &rows);
        return true;
    }
    if (!undated)
        return read_part(r, true, after, page->skip, NULL, err);
    if (!after || after->order_us.known == first) {
        if (!read_part(r, first, after, page->skip, NULL, err))
            return false;
        if ((int64_t)r->n == page->n)
            return true;
        if (r->n == 0 && page->skip && !read_part(r, first, NULL, 0, &n_first, err))
            return false;
        /* there may be more of the first kind now than when they were read */
        return read_part(r, !first, NULL, r->n || page->skip < n_first ? 0 : page->skip - n_first, NULL, err);
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
