#include "core/base/buf.h"
#include "core/base/memory.h"
#include "export/sqlite_file.h"
#include <sqlite3.h>
#include <stdlib.h>

#define PIECE (128 << 10)

struct sqlite_rows {
    sqlite3 *db;
    sqlite3_stmt *select;
    const struct snapshot_table *table;
    struct buf piece;
    bool is_over; /* a further step would start over */
};

bool sqlite_rows_open(const char *path, const struct snapshot_table *table, struct sqlite_rows **out,
                      struct err *err)
{
    struct buf sql = {0};
    struct sqlite_rows *r = xcalloc(1, sizeof *r);
    r->table = table;
    buf_init(&r->piece, 0);
    buf_puts(&sql, "select ");
    for (const struct snapshot_column *c = table->columns; c->name; c++)
        buf_printf(&sql, "%s%s", c == table->columns ? "" : ", ", c->name);
    buf_printf(&sql, " from %s", table->name);
    bool ok = sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(r->db, sql.ptr, (int)sql.len, &r->select, NULL) == SQLITE_OK;
    buf_finish(&sql);
    if (!ok) {
        err_set(err, ERR_BROKEN, "%s: %s", path, sqlite3_errmsg(r->db));
        sqlite_rows_close(r);
        return false;
    }
    *out = r;
    return true;
}

void sqlite_rows_close(struct sqlite_rows *r)
{
    sqlite3_finalize(r->select);
    sqlite3_close(r->db);
    buf_finish(&r->piece);
    free(r);
}

/* Escapes the bytes that have a meaning in COPY's format. */
static void escape(struct buf *b, const unsigned char *text, int n)
{
    for (int i = 0; i < n; i++) {
        unsigned char c = text[i];
        const char *as = c == '\\'   ? "\\\\"
                         : c == '\t' ? "\\t"
                         : c == '\n' ? "\\n"
                         : c == '\r' ? "\\r"
                                     : NULL;
        if (as)
            buf_puts(b, as);
        else
            buf_putc(b, (char)c);
    }
}

static void put_row(struct sqlite_rows *r)
{
    for (int i = 0; r->table->columns[i].name; i++) {
        buf_puts(&r->piece, i ? "\t" : "");
        if (sqlite3_column_type(r->select, i) == SQLITE_NULL)
            buf_puts(&r->piece, "\\N");
        else /* text before bytes: SQLite converts */
            escape(&r->piece, sqlite3_column_text(r->select, i), sqlite3_column_bytes(r->select, i));
    }
    buf_putc(&r->piece, '\n');
}

bool sqlite_rows_give(void *rows, slice *bytes_out, struct err *err)
{
    struct sqlite_rows *r = rows;
    int step = r->is_over ? SQLITE_DONE : SQLITE_ROW;
    buf_reset(&r->piece);
    while (!r->is_over && r->piece.len < PIECE && (step = sqlite3_step(r->select)) == SQLITE_ROW)
        put_row(r);
    r->is_over = step != SQLITE_ROW;
    if ((step != SQLITE_ROW && step != SQLITE_DONE) || r->piece.overflow)
        return err_set(err, ERR_BROKEN, "%s: %s", r->table->name, sqlite3_errmsg(r->db));
    *bytes_out = r->piece.len ? buf_slice(&r->piece) : (slice){0};
    return true;
}
