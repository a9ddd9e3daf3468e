#include "export/export.h"
#include "core/base/clock.h"
#include "export/csv_rows.h"
#include "export/documents.h"
#include "export/number_rows.h"
#include "export/sqlite_file.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SQLITE_NAME "gitomatic.sqlite"
#define TELL_EVERY  100000
#define LOOK_EVERY  1000              /* rows, for a request to stop */
#define CSV_ROW_MAX ((size_t)5 << 30) /* PostgreSQL sends at most 1 GiB */

const char *const export_form_names[N_EXPORT_FORMS] = {"csv", "jsonl", "sqlite"};

/* A table on its way into a file. */
struct flow {
    const struct export_request *request;
    const struct snapshot_table *table;
    struct sink *sink;          /* or */
    struct sqlite_file *sqlite; /* of all tables */
    struct buf *csv;            /* a row of it; NULL: rows are written unchanged */
    int64_t rows;
};

static bool is_going_on(const struct export_request *r, struct err *err)
{
    return !(r->stopped && r->stopped()) || err_set(err, ERR_STOPPING, "interrupted");
}

static bool count_row(void *context, struct err *err)
{
    struct flow *f = context;
    f->rows++;
    if (f->request->progress && f->rows % TELL_EVERY == 0)
        f->request->progress(f->table->name, f->rows, false);
    return f->rows % LOOK_EVERY || is_going_on(f->request, err);
}

static bool may_write_on(void *context, struct err *err)
{
    const struct flow *f = context;
    return is_going_on(f->request, err);
}

static bool take_row(void *context, slice row, struct err *err)
{
    struct flow *f = context;
    if (!count_row(f, err))
        return false;
    if (f->csv) {
        buf_reset(f->csv);
        csv_rows_put(f->csv, row);
        return f->csv->overflow ? err_set(err, ERR_BROKEN, "%s: a row is too large", f->table->name)
                                : sink_put(f->sink, buf_slice(f->csv), err);
    }
    return f->sink ? sink_put(f->sink, row, err) : sqlite_file_put(f->sqlite, row, err);
}

static bool is_wanted(const struct export_request *request, const char *table)
{
    for (size_t i = 0; i < request->n_only; i++)
        if (strcmp(request->only[i], table) == 0)
            return true;
    return !request->n_only;
}

static bool is_wanted_by(void *request, const char *table)
{
    return is_wanted(request, table);
}

/* *made_out: it was not there. */
static bool make_folder(const char *folder, bool *made_out, struct err *err)
{
    *made_out = mkdir(folder, 0777) == 0;
    if (*made_out)
        return true;
    if (errno != EEXIST)
        return err_errno(err, "%s: cannot be created", folder);
    DIR *dir = opendir(folder);
    if (!dir)
        return err_errno(err, "%s: cannot be read", folder);
    struct dirent *entry;
    bool is_empty = true, has_manifest = false;
    while ((entry = readdir(dir))) {
        has_manifest |= strcmp(entry->d_name, MANIFEST_NAME) == 0;
        is_empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    closedir(dir);
    return is_empty ||
           err_set(err, ERR_USAGE, "DIR: \"%.100s\" is not empty; expected a new or an empty folder%s",
                   folder, has_manifest ? "" : " (if an interrupted export left it, remove it)");
}

/* A file that this export created: remove_files removes it. */
static struct manifest_file *add_file(struct manifest *m, const char *name)
{
    struct manifest_file *f = &m->files[m->n_files++];
    f->name = name;
    return f;
}

static bool write_head(struct flow *f, struct err *err)
{
    csv_rows_head(f->csv, f->table);
    return sink_put(f->sink, buf_slice(f->csv), err);
}

/* A table in a file of its own. */
static bool write_table(struct db *db, struct arena *a, struct flow *f, const struct snapshot_info *info,
                        struct manifest *m, struct err *err)
{
    const struct export_request *r = f->request;
    const char *name = arena_printf(a, "%s.%s%s", f->table->name, m->form, r->gzip ? ".gz" : "");
    bool numbers = r->form == EXPORT_CSV && number_rows_fit(f->table);
    const char *sql = snapshot_copy(a, f->table, &r->snapshot, info,
                                    numbers                 ? SNAPSHOT_NUMBERS
                                    : r->form == EXPORT_CSV ? SNAPSHOT_ROWS
                                                            : SNAPSHOT_JSONL);
    struct sink_end end;
    if (!sink_open(path_in(a, r->folder, name), r->gzip, &f->sink, err))
        return false;
    const struct number_rows_calls calls = {count_row, may_write_on, f};
    struct buf csv = {.max = CSV_ROW_MAX};
    f->csv = r->form == EXPORT_CSV && !numbers ? &csv : NULL;
    bool ok = !f->csv || write_head(f, err);
    ok = ok && (numbers ? number_rows_write(db, sql, f->table, r->folder, f->sink, &calls, err)
                        : db_copy_out(db, sql, take_row, f, err));
    buf_finish(&csv);
    f->csv = NULL;
    if (!ok) {
        sink_drop(f->sink);
        return false;
    }
    if (!sink_close(f->sink, &end, err))
        return false;
    struct manifest_file *file = add_file(m, name);
    file->end = end;
    file->tables[file->n_tables++] = (struct manifest_table){f->table, f->rows};
    return true;
}

static bool write_sqlite_table(struct db *db, struct arena *a, struct flow *f,
                               const struct snapshot_info *info, struct manifest_file *file, struct err *err)
{
    const char *sql = snapshot_copy(a, f->table, &f->request->snapshot, info, SNAPSHOT_ROWS);
    if (!sqlite_file_begin_table(f->sqlite, f->table, is_wanted_by, (void *)(uintptr_t)f->request, err) ||
        !db_copy_out(db, sql, take_row, f, err) || !sqlite_file_end_table(f->sqlite, err))
        return false;
    file->tables[file->n_tables++] = (struct manifest_table){f->table, f->rows};
    return true;
}

static bool write_tables(struct db *db, struct arena *a, const struct export_request *r,
                         const struct snapshot_info *info, struct sqlite_file *sqlite, struct manifest *m,
                         struct err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < n_snapshot_tables; i++) {
        struct flow f = {.request = r, .table = &snapshot_tables[i], .sqlite = sqlite};
        if (!is_wanted(r, f.table->name))
            continue;
        ok = is_going_on(r, err) && snapshot_plan(db, f.table, &r->snapshot, err) &&
             (sqlite ? write_sqlite_table(db, a, &f, info, &m->files[0], err)
                     : write_table(db, a, &f, info, m, err));
        if (ok && r->progress)
            r->progress(f.table->name, f.rows, true);
    }
    return ok;
}

static bool write_data(struct db *db, struct arena *a, const struct export_request *r,
                       const struct snapshot_info *info, struct manifest *m, struct err *err)
{
    struct sqlite_file *sqlite = NULL;
    const char *path = path_in(a, r->folder, SQLITE_NAME);
    struct err ignored;
    if (r->form != EXPORT_SQLITE)
        return write_tables(db, a, r, info, NULL, m, err);
    if (!sqlite_file_open(path, &sqlite, err))
        return false;
    struct manifest_file *file = add_file(m, SQLITE_NAME);
    bool ok = write_tables(db, a, r, info, sqlite, m, err);
    if (!sqlite_file_close(sqlite, ok ? err : &ignored) || !ok || !sync_path(path, err) ||
        !sha256_file(path, &file->end.bytes, file->end.sha256, err))
        return false;
    memcpy(file->end.content_sha256, file->end.sha256, sizeof file->end.sha256);
    return true;
}

static const struct {
    const char *name;
    void (*put)(struct buf *, const struct manifest *);
} documents[] = {{"README.md", document_readme},
                 {"CITATION.cff", document_citation},
                 {"datapackage.json", document_datapackage}};

static bool write_documents(struct arena *a, const char *folder, struct manifest *m, struct err *err)
{
    struct sink_end ends[ARRAY_LEN(documents)];
    size_t n = 0;
    bool ok = true;
    while (ok && n < ARRAY_LEN(documents)) {
        struct buf b = {0};
        documents[n].put(&b, m);
        ok = write_small_file(path_in(a, folder, documents[n].name), buf_slice(&b), &ends[n], err);
        buf_finish(&b);
        n += ok;
    }
    for (size_t i = 0; i < n; i++) /* documents do not list each other */
        add_file(m, documents[i].name)->end = ends[i];
    return ok;
}

/* What a failed export wrote: the folder can be used again. Not another export's files: both may have found it
 * empty. */
static void remove_files(struct arena *a, const char *folder, const struct manifest *m, bool made)
{
    for (size_t i = 0; i < m->n_files; i++)
        unlink(path_in(a, folder, m->files[i].name));
    if (made)
        rmdir(folder);
}

static const char *iso_us(struct arena *a, int64_t at_us)
{
    char second[CLOCK_ISO_SIZE];
    int64_t ms = at_us / 1000;
    return arena_printf(a, "%.19s.%06dZ", clock_iso(ms - ms % 1000, second), (int)(at_us % 1000000));
}

bool export_run(struct db *db, const struct export_request *r, char id_out[SHA256_HEX_SIZE], struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct snapshot_info info = {0};
    bool made = false, mine = make_folder(r->folder, &made, err);
    bool ok = mine && snapshot_begin(db, &r->snapshot, a, &info, err);
    struct manifest *m = arena_alloc(a, sizeof *m);
    *m = (struct manifest){.program = "gitomatic " GITOMATIC_VERSION,
                           .schema = info.schema_version,
                           .form = export_form_names[r->form],
                           .gzip = r->gzip,
                           .is_demo = r->is_demo,
                           .feed_position = info.feed_position,
                           .logins = r->snapshot.logins,
                           .n_logins = r->snapshot.n_logins,
                           .only = r->only,
                           .n_only = r->n_only};
    if (ok) {
        m->instant = iso_us(a, info.instant_us);
        m->as_of = r->snapshot.as_of ? m->instant : NULL; /* "yesterday" is another time tomorrow */
        if (info.first_us && r->nothing_before)
            r->nothing_before(iso_us(a, info.first_us));
        ok = write_data(db, a, r, &info, m, err);
        db_rollback(db);
    }
    manifest_set_id(m);
    /* The names before the manifest, which lists them. */
    ok = ok && write_documents(a, r->folder, m, err) && sync_path(r->folder, err) &&
         manifest_write(m, r->folder, err);
    if (ok && !sync_path(r->folder, err)) {
        unlink(path_in(a, r->folder, MANIFEST_NAME));
        ok = false;
    }
    if (mine && !ok)
        remove_files(a, r->folder, m, made);
    memcpy(id_out, m->id, sizeof m->id);
    return ok;
}

/* ---- verify ---- */

static bool check_file(const char *folder, struct arena *a, const struct manifest_file *f,
                       void (*complain)(const char *))
{
    char hex[SHA256_HEX_SIZE];
    int64_t bytes;
    struct err why;
    if (!sha256_file(path_in(a, folder, f->name), &bytes, hex, &why))
        complain(why.text);
    else if (bytes != f->end.bytes)
        complain(arena_printf(a, "%s: has %lld bytes, expected %lld", f->name, (long long)bytes,
                              (long long)f->end.bytes));
    else if (strcmp(hex, f->end.sha256) != 0)
        complain(arena_printf(a, "%s: has the SHA-256 %s, expected %s", f->name, hex, f->end.sha256));
    else if (!sha256_content(path_in(a, folder, f->name), hex, &why))
        complain(why.text);
    else if (strcmp(hex, f->end.content_sha256) != 0) /* the id is computed from these */
        complain(arena_printf(a, "%s: its content has the SHA-256 %s, expected %s", f->name, hex,
                              f->end.content_sha256));
    else
        return true;
    return false;
}

/* Files that the manifest does not list are unverified. */
static int count_strangers(const char *folder, struct arena *a, const struct manifest *m,
                           void (*complain)(const char *))
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int n = 0;
    while (dir && (entry = readdir(dir))) {
        bool known = entry->d_name[0] == '.' || strcmp(entry->d_name, MANIFEST_NAME) == 0;
        for (size_t i = 0; i < m->n_files && !known; i++)
            known = strcmp(entry->d_name, m->files[i].name) == 0;
        if (!known)
            complain(arena_printf(a, "%s: is not in the manifest", entry->d_name));
        n += !known;
    }
    if (dir)
        closedir(dir);
    return n;
}

bool export_verify(const char *folder, struct arena *a, struct manifest *m, void (*complain)(const char *),
                   struct err *err)
{
    int n = 0;
    if (!manifest_read(folder, a, m, err))
        return false;
    for (size_t i = 0; i < m->n_files; i++)
        n += !check_file(folder, a, &m->files[i], complain);
    n += count_strangers(folder, a, m, complain);
    return !n ||
           err_set(err, ERR_BROKEN, "%d %s not as the manifest says", n, n == 1 ? "file is" : "files are");
}
