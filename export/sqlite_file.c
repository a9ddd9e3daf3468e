#include "export/sqlite_file.h"
#include "core/base/buf.h"
#include "core/base/memory.h"
#include "export/copy_text.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

struct sqlite_file {
    sqlite3 *db;
    sqlite3_stmt *insert;
    const struct snapshot_table *table;
    struct buf field;
    char *path;
};

static bool failed(const struct sqlite_file *f, const char *what, struct err *err)
{
    int error = 0;
    if ((sqlite3_errcode(f->db) & 0xff) == SQLITE_IOERR &&
        sqlite3_file_control(f->db, NULL, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK && error) {
        errno = error;
        return err_errno(err, "%s: cannot be written", f->path);
    }
    return err_set(err, ERR_SYSTEM, "%s: SQLite: %s: %s", f->path, what, sqlite3_errmsg(f->db));
}

static bool run(const struct sqlite_file *f, const char *sql, struct err *err)
{
    return sqlite3_exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK || failed(f, "statement", err);
}

bool sqlite_file_open(const char *path, struct sqlite_file **out, struct err *err)
{
    /* SQLite does not pass O_EXCL on; it takes an empty file for a new database. */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_errno(err, "%s: cannot be created", path);
    close(fd);
    struct sqlite_file *f = xcalloc(1, sizeof *f);
    buf_init(&f->field, 0);
    f->path = xstrdup(path);
    /* The file is written once and not read meanwhile: no journal, and one wait for the disk at the end (export.c). */
    bool ok =
        (sqlite3_open_v2(path, &f->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK || failed(f, "open", err)) &&
        run(f,
            "pragma page_size = 4096; pragma journal_mode = off; pragma synchronous = off;"
            "pragma locking_mode = exclusive; pragma cache_size = -32768; pragma encoding = 'UTF-8'",
            err);
    if (ok) {
        *out = f;
        return true;
    }
    struct err ignored;
    (void)!sqlite_file_close(f, &ignored);
    unlink(path);
    return false;
}

static const char *affinity(enum snapshot_type type)
{
    return type == SNAPSHOT_NUMBER || type == SNAPSHOT_BOOLEAN ? "integer" : "text";
}

static void put_table(struct buf *b, const struct snapshot_table *table,
                      bool (*has_table)(void *, const char *), void *context)
{
    buf_printf(b, "create table %s (", table->name);
    for (const struct snapshot_column *c = table->columns; c->name; c++)
        buf_printf(b, "%s %s%s, ", c->name, affinity(c->type), c->required ? " not null" : "");
    buf_puts(b, "primary key (");
    for (int i = 0; i < table->n_key; i++)
        buf_printf(b, "%s%s", i ? ", " : "", table->columns[i].name);
    buf_puts(b, ")");
    for (const struct snapshot_reference *r = table->references; r->column; r++)
        if (has_table(context, r->table))
            buf_printf(b, ", foreign key (%s) references %s (github_id)", r->column, r->table);
    buf_puts(b, table->n_key > 1 ? ") without rowid" : ")");
}

static bool prepare_insert(struct sqlite_file *f, struct buf *b, struct err *err)
{
    size_t n = snapshot_n_columns(f->table);
    buf_reset(b);
    buf_printf(b, "insert into %s values (", f->table->name);
    for (size_t i = 0; i < n; i++)
        buf_puts(b, i ? ", ?" : "?");
    buf_puts(b, ")");
    return sqlite3_prepare_v2(f->db, b->ptr, (int)b->len, &f->insert, NULL) == SQLITE_OK ||
           failed(f, f->table->name, err);
}

bool sqlite_file_begin_table(struct sqlite_file *f, const struct snapshot_table *table,
                             bool (*has_table)(void *, const char *), void *context, struct err *err)
{
    AUTO_BUF b = {0};
    f->table = table;
    put_table(&b, table, has_table, context);
    buf_putc(&b, '\0');
    return run(f, b.ptr, err) && run(f, "begin", err) && prepare_insert(f, &b, err);
}

static void unescape(struct buf *b, slice raw)
{
    buf_reset(b);
    for (size_t i = 0; i < raw.len; i++) {
        bool escaped = raw.ptr[i] == '\\' && i + 1 < raw.len;
        buf_putc(b, escaped ? copy_text_unescaped(raw.ptr[++i]) : raw.ptr[i]);
    }
}

/* "2026-01-31 12:00:00.5+00" as "2026-01-31T12:00:00.5Z", which SQLite's date functions take. */
static void as_iso(struct buf *b)
{
    if (b->len > 13 && b->ptr[10] == ' ' && memcmp(b->ptr + b->len - 3, "+00", 3) == 0) {
        b->ptr[10] = 'T';
        b->len -= 2;
        b->ptr[b->len - 1] = 'Z';
    }
}

static int bind(struct sqlite_file *f, int column, slice raw)
{
    enum snapshot_type type = f->table->columns[column].type;
    int64_t number;
    if (slice_eq(raw, SLICE("\\N")))
        return sqlite3_bind_null(f->insert, column + 1);
    if (type == SNAPSHOT_BOOLEAN)
        return sqlite3_bind_int(f->insert, column + 1, raw.len && raw.ptr[0] == 't');
    if (type == SNAPSHOT_NUMBER && slice_i64(raw, INT64_MIN, INT64_MAX, &number))
        return sqlite3_bind_int64(f->insert, column + 1, number);
    unescape(&f->field, raw);
    if (type == SNAPSHOT_TIME)
        as_iso(&f->field);
    return f->field.overflow ? SQLITE_TOOBIG
                             : sqlite3_bind_text(f->insert, column + 1, f->field.len ? f->field.ptr : "",
                                                 (int)f->field.len, SQLITE_TRANSIENT);
}

bool sqlite_file_put(struct sqlite_file *f, slice row, struct err *err)
{
    slice rest = slice_from(row.ptr, row.len - (row.len && row.ptr[row.len - 1] == '\n')), raw;
    int column = 0, n = (int)snapshot_n_columns(f->table);
    while (column < n && slice_split(&rest, '\t', &raw))
        if (bind(f, column++, raw) != SQLITE_OK)
            return failed(f, f->table->name, err);
    if (column != n || sqlite3_step(f->insert) != SQLITE_DONE || sqlite3_reset(f->insert) != SQLITE_OK)
        return failed(f, f->table->name, err);
    return true;
}

bool sqlite_file_end_table(struct sqlite_file *f, struct err *err)
{
    AUTO_BUF b = {0};
    sqlite3_finalize(f->insert);
    f->insert = NULL;
    bool ok = run(f, "commit", err);
    for (const struct snapshot_reference *r = f->table->references; ok && r->column; r++) {
        if (strcmp(r->column, f->table->columns[0].name) == 0) /* the primary key begins with it */
            continue;
        buf_reset(&b);
        buf_printf(&b, "create index %s_%s on %s (%s)", f->table->name, r->column, f->table->name, r->column);
        buf_putc(&b, '\0');
        ok = run(f, b.ptr, err);
    }
    if (ok && strcmp(f->table->name, "developers") == 0)
        ok = run(f, "create index developers_login on developers (login collate nocase)", err);
    if (ok && strcmp(f->table->name, "repositories") == 0)
        ok = run(f, "create index repositories_full_name on repositories (full_name collate nocase)", err);
    return ok;
}

bool sqlite_file_close(struct sqlite_file *f, struct err *err)
{
    if (!f)
        return true;
    sqlite3_finalize(f->insert);
    bool ok = sqlite3_close(f->db) == SQLITE_OK || failed(f, "close", err);
    buf_finish(&f->field);
    free(f->path);
    free(f);
    return ok;
}
