#include "schema/browse/browse.h"
#include "schema/browse/sql.h"
#include "schema/db/query_table.h"
#include <assert.h>

bool browse_developers(struct db *db, const int64_t *ids, size_t n, unsigned relations,
                       struct db_rows *rows_out, struct err *err)
{
    if (n == 1)
        return db_run(db, Q_browse_developer, rows_out, err, DB_I64(ids[0]),
                      DB_BOOL(relations & BROWSE_FOLLOWERS), DB_BOOL(relations & BROWSE_FOLLOWING),
                      DB_BOOL(relations & BROWSE_STARRED), DB_BOOL(relations & BROWSE_OWNED));
    return db_run(db, Q_browse_developers, rows_out, err, DB_I64S(ids, n),
                  DB_BOOL(relations & BROWSE_FOLLOWERS), DB_BOOL(relations & BROWSE_FOLLOWING),
                  DB_BOOL(relations & BROWSE_STARRED), DB_BOOL(relations & BROWSE_OWNED));
}

bool browse_repositories(struct db *db, const int64_t *ids, size_t n, unsigned relations,
                         struct db_rows *rows_out, struct err *err)
{
    if (n == 1)
        return db_run(db, Q_browse_repository, rows_out, err, DB_I64(ids[0]),
                      DB_BOOL(relations & BROWSE_STARGAZERS));
    return db_run(db, Q_browse_repositories, rows_out, err, DB_I64S(ids, n),
                  DB_BOOL(relations & BROWSE_STARGAZERS));
}

static bool has_few(const struct db_rows *rows)
{
    return rows->n == 0 || !db_bool(rows, 0, COL_browse_developer_few_many);
}

bool browse_developer(struct db_gate *gate, int64_t id, unsigned relations, struct db_rows *rows_out,
                      struct err *err)
{
    const struct db_arg args[] = {DB_I64(id), DB_BOOL(relations & BROWSE_FOLLOWERS),
                                  DB_BOOL(relations & BROWSE_FOLLOWING), DB_BOOL(relations & BROWSE_STARRED),
                                  DB_BOOL(relations & BROWSE_OWNED)};
    const struct db_read read = {
        .call = {.q = Q_browse_developer, .args = args, .n_args = ARRAY_LEN(args), .rows_out = rows_out},
        .beside = Q_browse_developer_few,
        .is_whole = has_few};
    return db_gate_read(gate, &read, err);
}

/* Short: an index has the stargazers in their order. */
bool browse_repository(struct db_gate *gate, int64_t id, unsigned relations, struct db_rows *rows_out,
                       struct err *err)
{
    const struct db_arg args[] = {DB_I64(id), DB_BOOL(relations & BROWSE_STARGAZERS)};
    const struct db_read read = {
        .call = {.q = Q_browse_repository, .args = args, .n_args = ARRAY_LEN(args), .rows_out = rows_out},
        .beside = Q_browse_repository};
    return db_gate_read(gate, &read, err);
}

static void take_name(const struct db_rows *rows, struct browse_named *out)
{
    *out = (struct browse_named){.found = rows->n == 1};
    if (out->found)
        out->github_id = db_i64(rows, 0, COL_browse_login_github_id),
        out->former = db_bool(rows, 0, COL_browse_login_former);
}

static bool find_name(struct db *db, enum query q, slice name, struct browse_named *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, q, &rows, err, DB_TEXT(name)))
        return false;
    take_name(&rows, out);
    return true;
}

static bool find_name_joined(struct db_gate *gate, enum query q, slice name, struct browse_named *out,
                             struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct db_arg args[] = {DB_TEXT(name)};
    const struct db_read read = {.call = {.q = q, .args = args, .n_args = ARRAY_LEN(args), .rows_out = &rows},
                                 .beside = q};
    if (!db_gate_read(gate, &read, err))
        return false;
    take_name(&rows, out);
    return true;
}

bool browse_by_login(struct db *db, slice login, struct browse_named *out, struct err *err)
{
    return find_name(db, Q_browse_login, login, out, err);
}

bool browse_by_full_name(struct db *db, slice full_name, struct browse_named *out, struct err *err)
{
    return find_name(db, Q_browse_full_name, full_name, out, err);
}

bool browse_by_login_joined(struct db_gate *gate, slice login, struct browse_named *out, struct err *err)
{
    return find_name_joined(gate, Q_browse_login, login, out, err);
}

bool browse_by_full_name_joined(struct db_gate *gate, slice full_name, struct browse_named *out,
                                struct err *err)
{
    return find_name_joined(gate, Q_browse_full_name, full_name, out, err);
}

/* ---- rate limits: a handful of rows, so plain offsets and counts ---- */

static bool run_rate_limits(struct db *db, enum query q, const struct db_arg *args, size_t n_args,
                            const struct browse_filter *filters, size_t n_filters, struct db_rows *rows_out,
                            struct err *err)
{
    static const char marker[] = "/*filters*/";
    const char *text = query_table[q].text, *position = strstr(text, marker);
    assert(position);
    if (n_filters == 0)
        return db_run_args(db, q, args, n_args, rows_out, err);
    AUTO_ARENA a = arena_create();
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    for (size_t i = 0; i < n_args; i++)
        browse_sql_arg(&sql, args[i]);
    buf_put(&sql.text, text, (size_t)(position - text));
    for (size_t i = 0; i < n_filters; i++)
        browse_put_filter(&sql, &filters[i], BROWSE_INDEXED);
    buf_puts(&sql.text, position + sizeof marker - 1);
    return db_run_text(db, buf_slice(&sql.text), sql.args, sql.n_args, rows_out, err);
}

bool browse_rate_limits_count(struct db *db, const struct browse_filter *filters, size_t n_filters,
                              int64_t *count_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!run_rate_limits(db, Q_rate_limits_count, NULL, 0, filters, n_filters, &rows, err))
        return false;
    *count_out = db_i64(&rows, 0, COL_rate_limits_count_n);
    return true;
}

bool browse_rate_limits(struct db *db, const struct browse_filter *filters, size_t n_filters, int64_t n,
                        int64_t skip, struct db_rows *rows_out, struct err *err)
{
    const struct db_arg args[] = {DB_I64(n), DB_I64(skip)};
    return run_rate_limits(db, Q_rate_limits_page, args, 2, filters, n_filters, rows_out, err);
}
