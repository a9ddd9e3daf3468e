#include "export/import.h"
#include "core/base/memory.h"
#include "export/export.h"
#include "export/sqlite_file.h"
#include "schema/demo.h"
#include "schema/graph/details.h"
#include <stdlib.h>
#include <zlib.h>

#define ROOM (256 << 10)

struct source {
    const char *path;
    gzFile file; /* plain files, too */
    char room[ROOM];
};

static bool give_bytes(void *context, slice *out, struct err *err)
{
    struct source *s = context;
    int n = gzread(s->file, s->room, sizeof s->room);
    *out = n > 0 ? slice_from(s->room, (size_t)n) : (slice){0};
    return n >= 0 || err_set(err, ERR_BROKEN, "%s: cannot be read", s->path);
}

static bool land_file(struct db *db, const char *path, const char *sql, struct err *err)
{
    struct source *s = xcalloc(1, sizeof *s);
    s->path = path;
    s->file = gzopen(path, "rbe");
    bool ok = s->file ? db_copy_in(db, sql, give_bytes, s, err) : err_errno(err, "%s: cannot be read", path);
    if (s->file)
        gzclose(s->file);
    free(s);
    return ok || err_wrap(err, "%s", path);
}

static bool land_sqlite(struct db *db, const char *path, const struct snapshot_table *table, const char *sql,
                        struct err *err)
{
    struct sqlite_rows *rows;
    if (!sqlite_rows_open(path, table, &rows, err))
        return false;
    bool ok = db_copy_in(db, sql, sqlite_rows_give, rows, err);
    sqlite_rows_close(rows);
    return ok || err_wrap(err, "%s: %s", path, table->name);
}

static bool import_table(struct db *db, struct arena *a, const struct import_request *r,
                         const struct manifest *m, const struct manifest_file *f,
                         const struct snapshot_table *table, struct err *err)
{
    struct load_figures figures = {0};
    bool is_sqlite = strcmp(m->form, export_form_names[EXPORT_SQLITE]) == 0;
    enum snapshot_form form = is_sqlite                                             ? SNAPSHOT_ROWS
                              : strcmp(m->form, export_form_names[EXPORT_CSV]) == 0 ? SNAPSHOT_CSV
                                                                                    : SNAPSHOT_JSONL;
    const char *path = path_in(a, r->folder, f->name), *sql = merge_copy(a, table, form);
    if (!merge_begin(db, table, form, err) ||
        !(is_sqlite ? land_sqlite(db, path, table, sql, err) : land_file(db, path, sql, err)) ||
        (!merge_table(db, table, form, MERGE_TIMED_EDGES, r->dry_run, r->progress, &figures, err) &&
         !err_wrap(err, "%s", path)))
        return false;
    if (r->done)
        r->done(table->name, &figures);
    return true;
}

/* Records before edges, whatever the order of the manifest. */
static bool import_tables(struct db *db, struct arena *a, const struct import_request *r,
                          const struct manifest *m, struct err *err)
{
    for (size_t t = 0; t < n_snapshot_tables; t++)
        for (size_t i = 0; i < m->n_files; i++)
            for (size_t k = 0; k < m->files[i].n_tables; k++)
                if (m->files[i].tables[k].table == &snapshot_tables[t] &&
                    !import_table(db, a, r, m, &m->files[i], &snapshot_tables[t], err))
                    return false;
    return true;
}

/* Made-up records have ids and logins that others have at GitHub. */
static bool accept_demo(struct db *db, const struct import_request *r, struct err *err)
{
    bool any;
    if (!r->into_demo && !demo_has_records(db, &any, err))
        return false;
    if (!r->into_demo && any)
        return err_set(err, ERR_USAGE,
                       "%s: its records were made up by the simulated GitHub of a demo, and the database has "
                       "others: expected a database without records, or a demo's",
                       r->folder);
    return demo_mark(db, err);
}

bool import_run(struct db *db, const struct import_request *r, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct manifest *m = arena_alloc(a, sizeof *m);
    bool ok = export_verify(r->folder, a, m, r->complain, err) && (!r->dry_run || db_begin(db, err)) &&
              (!m->is_demo || accept_demo(db, r, err)) && import_tables(db, a, r, m, err) &&
              (r->dry_run || details_settle_import(db, err));
    if (r->dry_run)
        db_rollback(db);
    else if (!ok && m->is_demo && !r->into_demo) {
        struct err ignored; /* the database may be the reason of the failure */
        (void)!demo_unmark(db, &ignored);
    }
    return ok;
}
