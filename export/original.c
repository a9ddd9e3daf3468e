#include "export/original.h"
#include "core/base/buf.h"
#include "schema/graph/details.h"
#include "schema/snapshot/imports.h"
#include "schema/snapshot/merge.h"
#include "schema/snapshot/original.h"
#include <stdio.h>

#define ROWS_PER_SAVE 500000 /* until the position is saved */
#define PIECE         (128 << 10)
#define OVER          "over"
#define KEY_MAX       64

/* A part on its way from one database into the other. */
struct stream {
    struct db *source;
    const struct original_about *about;
    struct buf piece;
    int64_t rows, left; /* left: until the landing table is full */
    bool is_over;
    char key[KEY_MAX]; /* of the last row */
};

static void keep_key(struct stream *s, slice row)
{
    slice rest = slice_from(row.ptr, row.len - 1), field;
    size_t n = 0;
    for (int i = 0; i < s->about->n_key && slice_split(&rest, '\t', &field); i++)
        n += (size_t)snprintf(s->key + n, sizeof s->key - n, "%s%.*s", i ? "\t" : "", SLICE_ARG(field));
}

/* A database without an encoding (SQL_ASCII) holds any bytes: those that are not UTF-8 become U+FFFD. */
static void put_valid(struct buf *b, slice row)
{
    if (slice_utf8_valid(row)) {
        buf_put(b, row.ptr, row.len);
        return;
    }
    while (row.len) {
        size_t n = slice_utf8_sequence(row);
        if (n)
            buf_put(b, row.ptr, n);
        else
            buf_puts(b, "\xef\xbf\xbd");
        n += !n;
        row = slice_from(row.ptr + n, row.len - n);
    }
}

static bool give_rows(void *context, slice *out, struct err *err)
{
    struct stream *s = context;
    slice row;
    buf_reset(&s->piece);
    while (!s->is_over && s->left > 0 && s->piece.len < PIECE) {
        if (!db_copy_out_next(s->source, &row, err)) {
            s->is_over = true;
            return false;
        }
        s->is_over = !row.ptr;
        if (s->is_over)
            break;
        put_valid(&s->piece, row);
        keep_key(s, row);
        s->rows++;
        s->left--;
    }
    if (s->piece.overflow)
        return err_set(err, ERR_TOO_BIG, "%s: a row of more than 64 MiB", s->about->table);
    *out = s->piece.len ? buf_slice(&s->piece) : (slice){0};
    return true;
}

static bool is_ids(enum original_part part)
{
    return part == ORIGINAL_DEVELOPER_IDS || part == ORIGINAL_REPOSITORY_IDS;
}

static bool land(struct db *db, struct arena *a, const struct snapshot_table *table, struct stream *s,
                 struct err *err)
{
    s->left = ROWS_PER_SAVE;
    if (!(table ? merge_begin(db, table, SNAPSHOT_ROWS, err) : former_ids_begin(db, err)))
        return false;
    const char *sql = table ? merge_copy(a, table, SNAPSHOT_ROWS) : former_ids_copy();
    return db_copy_in(db, sql, give_rows, s, err);
}

static bool merge(struct db *db, enum original_part part, const struct snapshot_table *table,
                  const struct original_request *r, struct load_figures *figures, struct err *err)
{
    const char *name = originals[part].name;
    if (is_ids(part))
        return former_ids_merge(db, part == ORIGINAL_DEVELOPER_IDS ? RECORD_DEVELOPER : RECORD_REPOSITORY,
                                name, r->dry_run, NULL, figures, err);
    return merge_table(db, table, SNAPSHOT_ROWS, MERGE_UNTIMED_EDGES, r->dry_run, NULL, figures, err);
}

struct run {
    struct db *db, *source;
    const struct original_request *request;
    const char *name; /* of the source */
    struct arena *arena;
};

static bool move_rows(struct run *run, enum original_part part, struct stream *s, int64_t total,
                      struct load_figures *figures, struct err *err)
{
    const struct original_request *r = run->request;
    const struct snapshot_table *table =
        is_ids(part) ? NULL : snapshot_table_named(slice_of(s->about->snapshot_table));
    while (!s->is_over) {
        int64_t before = s->rows;
        if (!land(run->db, run->arena, table, s, err) || !merge(run->db, part, table, r, figures, err))
            return false;
        if (s->rows > before && !r->dry_run && !imports_move(run->db, run->name, s->about->name, s->key, err))
            return false;
        if (r->progress && total)
            r->progress(s->about->name, (double)s->rows / (double)total);
    }
    return true;
}

/* Text that this program wrote there; anything else could be a foreign statement. */
static bool is_position(const char *text)
{
    return !text || (strlen(text) < KEY_MAX && strspn(text, "0123456789abcdef-\t") == strlen(text));
}

static bool import_part(struct run *run, enum original_part part, struct err *err)
{
    const struct original_request *r = run->request;
    struct stream s = {.source = run->source, .about = &originals[part]};
    struct load_figures figures = {0};
    const char *after = NULL, *sql = NULL;
    int64_t total, unusable;
    if (!r->dry_run && !imports_position(run->db, run->name, s.about->name, run->arena, &after, err))
        return false;
    if (after && r->resumed)
        r->resumed(s.about->name);
    if (after && strcmp(after, OVER) == 0)
        return true;
    if (!is_position(after))
        return err_set(err, ERR_DB,
                       "import_positions has the position \"%.40s\" for %s: expected a number; delete that "
                       "row to start over",
                       after, s.about->name);
    if (!original_count(run->source, part, run->arena, &total, &unusable, err) ||
        !original_copy(run->source, part, after, run->arena, &sql, err) ||
        !db_copy_out_begin(run->source, sql, err))
        return false;
    buf_init(&s.piece, 0);
    bool ok = move_rows(run, part, &s, total, &figures, err);
    buf_finish(&s.piece);
    if (!s.is_over)
        db_copy_out_stop(run->source);
    ok = ok && (r->dry_run || imports_move(run->db, run->name, s.about->name, OVER, err));
    figures.rows += unusable;
    figures.left_out += unusable;
    if (ok && r->done)
        r->done(s.about->name, &figures);
    return ok;
}

static bool import_parts(struct run *run, struct err *err)
{
    bool ok = !run->request->dry_run || db_begin(run->db, err);
    for (int part = 0; ok && part < N_ORIGINAL_PARTS; part++)
        ok = import_part(run, (enum original_part)part, err) || err_wrap(err, "%s", originals[part].name);
    if (run->request->dry_run)
        db_rollback(run->db);
    return ok && (run->request->dry_run ||
                  (details_settle_import(run->db, err) && imports_end(run->db, run->name, err)));
}

bool original_import(struct db *db, const struct original_request *r, struct err *err)
{
    struct run run = {.db = db, .request = r, .arena = arena_create()};
    const struct db_options options = {
        .url = r->url, .application = "gitomatic import git-o-matic", .read_only = true};
    bool ok = db_open(&options, &run.source, err) || err_wrap(err, "URL");
    if (ok) {
        ok = original_begin(run.source, run.arena, &run.name, err) && import_parts(&run, err);
        db_rollback(run.source);
        db_close(run.source);
    }
    arena_destroy(run.arena);
    return ok;
}
