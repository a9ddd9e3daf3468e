#include "schema/browse/stream.h"
#include "schema/browse/composed.h"
#include "schema/browse/finding.h"
#include "schema/browse/sql.h"
#include <assert.h>
#include <stdio.h>

bool browse_stream_begin(struct db *db, int idle_ms, struct err *err)
{
    char sql[120];
    snprintf(sql, sizeof sql,
             "set transaction isolation level repeatable read read only;"
             "set local idle_in_transaction_session_timeout = %d",
             idle_ms);
    return db_begin(db, err) && db_script(db, sql, err);
}

bool browse_stream_open(struct db *db, struct browse_sql *sql, int64_t limit, struct err *err)
{
    if (limit != INT64_MAX)
        buf_printf(&sql->text, " limit $%d::bigint", browse_sql_arg(sql, DB_I64(limit)));
    return db_run_text(db, buf_slice(&sql->text), sql->args, sql->n_args, NULL, err);
}

bool browse_stream_list(struct db *db, struct arena *a, struct browse_query *query,
                        struct browse_filter *filters, int64_t limit, struct err *err)
{
    struct browse_key keys[BROWSE_MAX_KEYS];
    if (!browse_compose_surely(db, a, query, filters, err))
        return false;
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    buf_printf(&sql.text,
               BROWSE_STREAM_CURSOR "select github_id, %1$s, %1$s, %1$s, %1$s, %1$s from %2$s where " LISTED,
               "null::timestamptz", browse_table(query->list));
    browse_put_clauses(&sql, query);
    browse_put_order(&sql, keys, browse_order_keys(query, false, keys), false);
    return browse_stream_open(db, &sql, limit, err);
}

bool browse_stream_relation(struct db *db, const struct relation_query *query, int64_t limit, struct err *err)
{
    AUTO_ARENA a = arena_create();
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    buf_puts(&sql.text, BROWSE_STREAM_CURSOR);
    relation_put_all(&sql, query);
    return browse_stream_open(db, &sql, limit, err);
}

bool browse_stream_fetch(struct db *db, size_t n, struct db_rows *rows_out, struct err *err)
{
    char sql[60];
    snprintf(sql, sizeof sql, "fetch %zu from stream", n);
    return db_run_text(db, slice_of(sql), NULL, 0, rows_out, err);
}

bool browse_stream_next(struct db *db, size_t n, struct relation_edge *edges_out, size_t *n_out,
                        struct err *err)
{
    AUTO_ROWS rows = {0};
    assert(n <= BROWSE_STREAM_BATCH);
    if (!browse_stream_fetch(db, n, &rows, err))
        return false;
    *n_out = (size_t)rows.n;
    relation_take_rows(&rows, edges_out);
    return true;
}
