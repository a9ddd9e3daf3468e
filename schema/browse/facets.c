#include "schema/browse/facets.h"
#include "schema/browse/composed.h"
#include "schema/browse/finding.h"
#include "schema/browse/list_counts.h"
#include "schema/browse/sql.h"

static const struct {
    const char *name, *column, *value;
    enum browse_list list;
} facets[N_FACETS] = {
    [FACET_TYPE] = {"type", "type", "value", BROWSE_DEVELOPERS},
    [FACET_LOCATION] = {"location", "location", "value", BROWSE_DEVELOPERS},
    [FACET_COMPANY] = {"company", "company", "value", BROWSE_DEVELOPERS},
    [FACET_LANGUAGE] = {"language", "language", "value", BROWSE_REPOSITORIES},
    [FACET_LICENSE] = {"license", "license", "value", BROWSE_REPOSITORIES},
    [FACET_TOPICS] = {"topics", "topics", "topic", BROWSE_REPOSITORIES},
    [FACET_OWNER] = {"owner", "owner_github_id", "value::text", BROWSE_REPOSITORIES},
};

const char *facet_name(enum facet facet)
{
    return facets[facet].name;
}

enum browse_list facet_list(enum facet facet)
{
    return facets[facet].list;
}

/* "found" are the records. A record without topics counts once, as having none; one with several counts for each. */
static void put_counted(struct buf *out, enum facet facet)
{
    if (facet == FACET_TOPICS)
        buf_puts(out, ", counted as (select topic as value, count(*) as n from found left join lateral "
                      "(select distinct topic from unnest(value) as topic) t on true group by topic)");
    else
        buf_printf(out, ", counted as (select %s as value, count(*) as n from found group by 1)",
                   facets[facet].value);
}

#define IN_ORDER " order by n desc, value collate \"C\" nulls last"

/* ---- of filtered lists and of short ones ---- */

static void put_live(struct browse_sql *sql, const struct browse_query *query, enum facet facet,
                     int64_t limit)
{
    buf_printf(&sql->text,
               "with found as materialized (select %s as value from %s where synced_at is not null and "
               "gone_at is null",
               facets[facet].column, browse_table(query->list));
    browse_put_clauses(sql, query);
    buf_printf(&sql->text, " limit $%d)", browse_sql_arg(sql, DB_I64(FACETS_CAP + 1)));
    put_counted(&sql->text, facet);
    buf_printf(
        &sql->text,
        " select (select count(*) from found), (select count(*) from counted), null::timestamptz, n, %s "
        "from (select (select count(*) from found) as total) x left join lateral (select * from "
        "counted" IN_ORDER " limit $%d) page on true" IN_ORDER,
        facet == FACET_OWNER
            ? "coalesce((select login from developers where github_id = page.value::bigint), page.value)"
            : "value",
        browse_sql_arg(sql, DB_I64(limit)));
}

static void take(struct arena *a, const struct db_rows *rows, struct facets *out)
{
    *out = (struct facets){.values = arena_array(a, (size_t)rows->n, sizeof *out->values)};
    for (int i = 0; i < rows->n; i++) {
        out->total = db_i64(rows, i, COL_facets_kept_total);
        out->distinct = db_i64(rows, i, COL_facets_kept_n_values);
        out->as_of_ms = db_time(rows, i, COL_facets_kept_as_of);
        if (db_is_null(rows, i, COL_facets_kept_n)) /* nothing was found */
            continue;
        slice value = db_text(rows, i, COL_facets_kept_value);
        if (value.ptr)
            value = slice_from(arena_dup(a, value), value.len);
        out->values[out->n++] = (struct facet_value){value, db_i64(rows, i, COL_facets_kept_n)};
    }
}

static bool read_kept(struct db *db, struct arena *a, enum facet facet, int64_t limit, struct facets *out,
                      bool *found_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_facets_kept, &rows, err, DB_CSTR(browse_table(facets[facet].list)),
                DB_CSTR(facets[facet].name), DB_I64(limit)))
        return false;
    *found_out = rows.n > 0;
    if (*found_out)
        take(a, &rows, out);
    return true;
}

bool facets_read(struct db *db, struct arena *a, const struct browse_query *query, enum facet facet,
                 int64_t limit, struct facets *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool kept = false, whole = query->n_filters + query->n_words == 0;
    if (whole && !read_kept(db, a, facet, limit, out, &kept, err))
        return false;
    if (kept)
        return true;
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    put_live(&sql, query, facet, limit);
    if (!db_run_text_by_value(db, buf_slice(&sql.text), sql.args, sql.n_args, &rows, err))
        return false;
    take(a, &rows, out);
    out->capped = out->total > FACETS_CAP;
    return true;
}

/* ---- as a stream ---- */

bool facets_stream(struct db *db, struct arena *a, struct browse_query *query, struct browse_filter *filters,
                   enum facet facet, int64_t limit, struct err *err)
{
    if (!browse_compose_surely(db, a, query, filters, err))
        return false;
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    buf_printf(&sql.text,
               BROWSE_STREAM_CURSOR
               "with found as materialized (select %s as value from %s where synced_at is "
               "not null and gone_at is null",
               facets[facet].column, browse_table(query->list));
    browse_put_clauses(&sql, query);
    buf_puts(&sql.text, ")");
    put_counted(&sql.text, facet);
    buf_printf(&sql.text, " select %s, n from counted" IN_ORDER,
               facet == FACET_OWNER
                   ? "coalesce((select login from developers where github_id = counted.value::bigint), value)"
                   : "value");
    return browse_stream_open(db, &sql, limit, err);
}

enum { STREAM_VALUE, STREAM_COUNT }; /* the cursor's columns */

bool facets_stream_next(struct db *db, struct arena *a, struct facet_value *values_out, size_t *n_out,
                        struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!browse_stream_fetch(db, FACETS_BATCH, &rows, err))
        return false;
    *n_out = (size_t)rows.n;
    for (int i = 0; i < rows.n; i++) {
        slice value = db_text(&rows, i, STREAM_VALUE);
        if (value.ptr)
            value = slice_from(arena_dup(a, value), value.len);
        values_out[i] = (struct facet_value){value, db_i64(&rows, i, STREAM_COUNT)};
    }
    return true;
}

/* ---- stored counts ---- */

static bool make(struct db *db, enum facet facet, struct err *err)
{
    AUTO_ARENA a = arena_create();
    const char *list = browse_table(facets[facet].list);
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    int list_at = browse_sql_arg(&sql, DB_CSTR(list)),
        field_at = browse_sql_arg(&sql, DB_CSTR(facets[facet].name)),
        most = browse_sql_arg(&sql, DB_I64(FACETS_MAX_LIMIT));
    buf_printf(&sql.text,
               "with found as (select %s as value from %s where synced_at is not null and gone_at is null)",
               facets[facet].column, list);
    put_counted(&sql.text, facet);
    buf_printf(&sql.text,
               ", kept as (insert into facet_counts (list, field, place, value, n) select $%d::text, "
               "$%d::text, row_number() over (" IN_ORDER "), value, n from counted" IN_ORDER
               " limit $%d::bigint) "
               "insert into facet_totals (list, field, total, n_values, as_of) select $%d::text, $%d::text, "
               "(select count(*) from %s "
               "where synced_at is not null and gone_at is null), (select count(*) from counted), now()",
               list_at, field_at, most, list_at, field_at, list);
    return db_begin(db, err) &&
           db_run(db, Q_facets_drop, NULL, err, DB_CSTR(list), DB_CSTR(facets[facet].name)) &&
           db_run_text(db, buf_slice(&sql.text), sql.args, sql.n_args, NULL, err) && db_commit(db, err);
}

bool facets_keep(struct db *db, enum facet facet, struct err *err)
{
    int64_t n;
    const char *list = browse_table(facets[facet].list);
    if (!list_counts_read(db, list, &n, NULL, err))
        return false;
    return n > FACETS_CAP ? make(db, facet, err)
                          : db_run(db, Q_facets_drop, NULL, err, DB_CSTR(list), DB_CSTR(facets[facet].name));
}
