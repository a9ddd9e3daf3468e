#include "export/archive.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "export/archive_event.h"
#include "export/sink.h"
#include "schema/snapshot/archive.h"
#include "schema/snapshot/imports.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define LINE_MAX_BYTES (16 << 20)
#define PIECE          (128 << 10)
#define COMPLAINTS_MAX 10 /* of a file */
#define HOUR_MS        3600000

/* A file on its way into the landing table. */
struct reader {
    const struct archive_request *request;
    struct archive_figures *figures;
    gzFile file;
    char *room; /* LINE_MAX_BYTES; unprocessed bytes are from begin to end */
    size_t begin, end;
    bool is_over, is_skipping; /* skipping: the rest of a line that is too long */
    struct buf piece;
    int64_t votes; /* for figures->hour_ms: the hour of most events wins (Boyer and Moore, 1981) */
};

static void complain(struct reader *r, const char *why)
{
    AUTO_BUF b = {0};
    if (++r->figures->bad_lines > COMPLAINTS_MAX)
        return;
    buf_printf(&b, "%s:%lld: %s%c", r->figures->path, (long long)r->figures->lines, why, '\0');
    r->request->complain(b.ptr);
}

static void count_event(struct reader *r, const struct archive_event *e)
{
    struct archive_figures *f = r->figures;
    int64_t hour = e->at_ms - e->at_ms % HOUR_MS;
    if (r->votes == 0)
        f->hour_ms = hour;
    r->votes += hour == f->hour_ms ? 1 : -1;
    f->events++;
    if (!e->id)
        return;
    if (!f->first_id || e->id < f->first_id)
        f->first_id = e->id;
    if (e->id > f->last_id)
        f->last_id = e->id;
}

static void put_record(struct buf *b, const struct archive_record *r, const char *at)
{
    buf_printf(b, "%d\t%lld\t%.*s\t", r->repository ? 2 : 1, (long long)r->github_id, SLICE_ARG(r->name));
    if (r->owner_id)
        buf_printf(b, "%lld", (long long)r->owner_id);
    else
        buf_puts(b, "\\N");
    buf_printf(b, "\t%s\t%s\n", r->organization ? "t" : "f", at);
}

static void take_line(struct reader *r, slice line)
{
    struct archive_event e;
    struct err why;
    char at[CLOCK_ISO_SIZE];
    r->figures->lines++;
    if (!slice_trim(line).len)
        return;
    if (!archive_event_read(line, &e, &why))
        complain(r, why.text);
    if (!e.at_ms)
        return;
    count_event(r, &e);
    clock_iso(e.at_ms, at);
    for (size_t i = 0; i < e.n_records; i++)
        put_record(&r->piece, &e.records[i], at);
}

/* Makes room and reads on. False at the end of the file, and with err->code set on failure. */
static bool fill(struct reader *r, struct err *err)
{
    memmove(r->room, r->room + r->begin, r->end - r->begin);
    r->end -= r->begin;
    r->begin = 0;
    if (r->end == LINE_MAX_BYTES) {
        if (!r->is_skipping) {
            r->figures->lines++;
            complain(r, "the line is longer than 16 MiB");
        }
        r->is_skipping = true;
        r->end = 0;
    }
    size_t room = LINE_MAX_BYTES - r->end;
    int n = gzread(r->file, r->room + r->end, room > PIECE ? PIECE : (unsigned)room), code = Z_OK;
    if (n > 0) {
        r->end += (size_t)n;
        return true;
    }
    gzerror(r->file, &code);
    if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
        err_set(err, ERR_BROKEN, "%s: expected a complete gzip file or plain JSON lines", r->figures->path);
    return false;
}

/* The next complete line, or the text after the last newline. */
static bool next_line(struct reader *r, slice *out, struct err *err)
{
    for (size_t seen = r->begin;;) {
        char *newline = memchr(r->room + seen, '\n', r->end - seen);
        if (newline || r->is_over) {
            size_t to = newline ? (size_t)(newline - r->room) : r->end;
            *out = slice_from(r->room + r->begin, to - r->begin);
            bool any = newline || to > r->begin;
            r->begin = newline ? to + 1 : to;
            if (!r->is_skipping || !any)
                return any;
            r->is_skipping = false;
            seen = r->begin;
            continue;
        }
        size_t held = r->end - r->begin;
        r->is_over = !fill(r, err);
        if (r->is_over && err->code)
            return false;
        seen = r->begin + (r->end > held ? held : 0);
    }
}

static bool give_rows(void *context, slice *out, struct err *err)
{
    struct reader *r = context;
    slice line;
    buf_reset(&r->piece);
    err->code = ERR_NONE;
    while (r->piece.len < PIECE && next_line(r, &line, err))
        take_line(r, line);
    if (err->code)
        return false;
    *out = r->piece.len ? buf_slice(&r->piece) : (slice){0};
    return true;
}

static bool land(struct db *db, const struct archive_request *request, struct archive_figures *f,
                 struct err *err)
{
    struct reader r = {.request = request, .figures = f};
    int fd = open_regular(f->path, err);
    if (fd < 0)
        return false;
    r.file = gzdopen(fd, "r");
    r.room = xmalloc(LINE_MAX_BYTES);
    if (!r.file)
        abort();
    buf_init(&r.piece, 0);
    bool ok = archive_begin(db, err) && db_copy_in(db, archive_copy(), give_rows, &r, err);
    if (ok && f->bad_lines > COMPLAINTS_MAX) {
        buf_reset(&r.piece);
        buf_printf(&r.piece, "%s: %lld lines were left out, %d of them are named above%c", f->path,
                   (long long)f->bad_lines, COMPLAINTS_MAX, '\0');
        request->complain(r.piece.ptr);
    }
    gzclose(r.file);
    free(r.room);
    buf_finish(&r.piece);
    return ok &&
           (f->events || err_set(err, ERR_BROKEN, "%s: expected events of GH Archive, found none", f->path));
}

static bool import_file(struct db *db, const struct archive_request *r, struct archive_figures *f,
                        struct err *err)
{
    char sha256[SHA256_HEX_SIZE];
    int64_t bytes;
    if (!sha256_file(f->path, &bytes, sha256, err) || !imports_has_hour(db, sha256, &f->known, err))
        return false;
    if (f->known)
        return true;
    if (!land(db, r, f, err) ||
        !archive_merge(db, r->dry_run, r->progress, &f->developers, &f->repositories, err))
        return false;
    if (f->first_id)
        f->share = (double)f->events / (double)(f->last_id - f->first_id + 1);
    if (f->share > 1)
        f->share = 1;
    return imports_add_hour(db, f->hour_ms, f->first_id, f->last_id, f->events, sha256, err);
}

/* An error of a file does not stop the others; an error of the database does. */
static bool is_about_file(const struct err *err)
{
    return err->code == ERR_BROKEN || err->code == ERR_SYSTEM;
}

bool archive_import(struct db *db, const struct archive_request *r, struct err *err)
{
    size_t n_bad = 0;
    bool ok = !r->dry_run || db_begin(db, err);
    for (size_t i = 0; ok && i < r->n_paths; i++) {
        struct archive_figures f = {.path = r->paths[i]};
        if (import_file(db, r, &f, err)) {
            if (r->done)
                r->done(&f);
        } else if (is_about_file(err) && !r->dry_run) {
            r->complain(err->text);
            n_bad++;
        } else {
            ok = false;
        }
    }
    if (r->dry_run)
        db_rollback(db);
    return ok &&
           (!n_bad || err_set(err, ERR_BROKEN, "%zu of %zu files could not be read", n_bad, r->n_paths));
}
