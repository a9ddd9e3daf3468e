#include "schema/report/inventory.h"
#include <stdio.h>

/* A column of a statement without parameters, a line each. */
static bool put_lines(struct db *db, enum query q, int column, struct buf *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, q, &rows, err))
        return false;
    for (int i = 0; i < rows.n; i++)
        buf_printf(out, "%.*s\n", SLICE_ARG(db_text(&rows, i, column)));
    return !out->overflow || err_set(err, ERR_TOO_BIG, "the cluster has too many databases or settings");
}

bool inventory_databases(struct db *db, struct buf *out, struct err *err)
{
    return put_lines(db, Q_inventory_databases, COL_inventory_databases_name, out, err);
}

bool inventory_settings(struct db *db, struct buf *out, struct err *err)
{
    return put_lines(db, Q_inventory_settings, COL_inventory_settings_setting, out, err);
}

static bool read_count(struct db *db, enum query q, int column, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, q, &rows, err))
        return false;
    *n_out = db_i64(&rows, 0, column);
    return true;
}

bool inventory_tablespaces(struct db *db, int64_t *n_out, struct err *err)
{
    return read_count(db, Q_inventory_tablespaces, COL_inventory_tablespaces_n, n_out, err);
}

bool inventory_closed(struct db *db, int64_t *n_out, struct err *err)
{
    return read_count(db, Q_inventory_closed, COL_inventory_closed_n, n_out, err);
}

/* table: quoted by the server. */
static bool count(struct db *db, slice database, slice table, struct inventory *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    char sql[512];
    snprintf(sql, sizeof sql, "select count(*) from only %.*s", SLICE_ARG(table));
    if (!db_run_text(db, slice_of(sql), NULL, 0, &rows, err))
        return err_wrap(err, "count %.*s", SLICE_ARG(table));
    int64_t n = db_i64(&rows, 0, 0);
    out->tables++;
    out->rows += n;
    buf_printf(&out->lines, "%.*s %.*s: %lld rows\n", SLICE_ARG(database), SLICE_ARG(table), (long long)n);
    return true;
}

static bool put_version(struct db *db, slice database, struct inventory *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    static const char sql[] = "select max(version)::text from public.schema_migrations";
    if (!db_run_text(db, slice_of(sql), NULL, 0, &rows, err))
        return false;
    buf_printf(&out->lines, "%.*s: schema version %.*s\n", SLICE_ARG(database),
               SLICE_ARG(db_text(&rows, 0, 0)));
    return true;
}

bool inventory_read(struct db *db, slice database, struct inventory *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_unbounded(db, true, err) || !db_run(db, Q_inventory_tables, &rows, err))
        return false;
    for (int i = 0; i < rows.n; i++) {
        if (!count(db, database, db_text(&rows, i, COL_inventory_tables_name), out, err) ||
            (db_bool(&rows, i, COL_inventory_tables_migrations) && !put_version(db, database, out, err)))
            return false;
    }
    return !out->lines.overflow || err_set(err, ERR_TOO_BIG, "the cluster has too many tables to compare");
}

static bool has_line(slice lines, slice wanted)
{
    slice line;
    while (slice_split(&lines, '\n', &line))
        if (slice_eq(line, wanted))
            return true;
    return false;
}

void inventory_missing(slice lines, slice from, struct buf *out)
{
    slice line;
    while (slice_split(&lines, '\n', &line))
        if (line.len && !has_line(from, line))
            buf_printf(out, "%.*s\n", SLICE_ARG(line));
}
