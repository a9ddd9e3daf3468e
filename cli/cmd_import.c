#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "cli/run/demo.h"
#include "core/base/clock.h"
#include "core/base/words.h"
#include "export/archive.h"
#include "export/import.h"
#include "export/original.h"
#include <stdio.h>
#include <unistd.h>

#define MAX_OPERANDS 10000 /* a year of hours */

static int64_t begun_ms; /* of the present table */

static void tell(const char *table, double share)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%-20s %3.0f %%", table, share < 1 ? share * 100 : 100);
}

static int64_t rate(int64_t rows)
{
    int64_t now = clock_mono_ms(), ms = now > begun_ms ? now - begun_ms : 1;
    begun_ms = now;
    return rows * 1000 / ms;
}

static const char *line_begin(void)
{
    return isatty(STDERR_FILENO) ? "\r" : "";
}

static void tell_end(const char *table, const struct load_figures *f)
{
    fprintf(stderr, "%s%-20s %12lld rows, %lld new, %lld changed, %lld left out; %lld rows a second\n",
            line_begin(), table, (long long)f->rows, (long long)f->added, (long long)f->changed,
            (long long)f->left_out, (long long)rate(f->rows));
}

static void tell_resumed(const char *part)
{
    fprintf(stderr, "%-20s continues where an earlier run stopped\n", part);
}

static void tell_hour(const struct archive_figures *f)
{
    char hour[CLOCK_ISO_SIZE], events[WORDS_SIZE], lines[WORDS_SIZE], developers[WORDS_SIZE],
        repositories[WORDS_SIZE], a_second[WORDS_SIZE];
    if (f->known)
        fprintf(stderr, "%s%s: was already read\n", line_begin(), f->path);
    else
        fprintf(stderr,
                "%s%s: %.13sh, %s with ids from %lld to %lld (%.1f %%), %s left out, %s, %s, %lld moved "
                "forward; %s a second\n",
                line_begin(), f->path, clock_iso(f->hour_ms, hour),
                words_count(events, f->events, "event", "events"), (long long)f->first_id,
                (long long)f->last_id, 100 * f->share, words_count(lines, f->bad_lines, "line", "lines"),
                words_count(developers, f->developers.added, "new developer", "new developers"),
                words_count(repositories, f->repositories.added, "new repository", "new repositories"),
                (long long)f->developers.changed, words_count(a_second, rate(f->lines), "line", "lines"));
}

static void complain(const char *text)
{
    fprintf(stderr, "%s%s\n", line_begin(), text);
}

static bool import_folder(const struct config *cfg, struct db *db, const char *folder, bool dry_run,
                          struct err *err)
{
    const struct import_request request = {.folder = folder,
                                           .dry_run = dry_run,
                                           .into_demo = demo_has_crawled(cfg, db),
                                           .progress = tell,
                                           .done = tell_end,
                                           .complain = complain};
    return import_run(db, &request, err);
}

static bool import_original(struct db *db, const char *url, bool dry_run, struct err *err)
{
    const struct original_request request = {
        .url = url, .dry_run = dry_run, .progress = tell, .done = tell_end, .resumed = tell_resumed};
    return original_import(db, &request, err);
}

static bool import_archive(struct db *db, const char *const *paths, size_t n, bool dry_run, struct err *err)
{
    const struct archive_request request = {.paths = paths,
                                            .n_paths = n,
                                            .dry_run = dry_run,
                                            .progress = tell,
                                            .done = tell_hour,
                                            .complain = complain};
    return archive_import(db, &request, err);
}

enum source { FROM_FOLDER, FROM_ORIGINAL, FROM_ARCHIVE };

static bool read_source(const char *const *operands, size_t n, enum source *out, struct err *err)
{
    bool original = n && strcmp(operands[0], "git-o-matic") == 0,
         archive = n && strcmp(operands[0], "gharchive") == 0;
    *out = original ? FROM_ORIGINAL : archive ? FROM_ARCHIVE : FROM_FOLDER;
    if (original && n == 2) {
        slice url = slice_of(operands[1]);
        return slice_starts(url, SLICE("postgresql://")) || slice_starts(url, SLICE("postgres://")) ||
               err_set(err, ERR_USAGE,
                       "URL: expected postgresql://USER@HOST/DATABASE, the address of git-o-matic's "
                       "database; a dump is to be "
                       "restored into a database first");
    }
    if (original)
        return err_set(err, ERR_USAGE,
                       n < 2 ? "URL is missing: expected the address of git-o-matic's database"
                             : "expected one URL");
    if (archive)
        return n > 1 || err_set(err, ERR_USAGE,
                                "FILE is missing: expected files of GH Archive, such as "
                                "2024-01-31-15.json.gz");
    if (n > 1)
        return err_set(err, ERR_USAGE, "unexpected argument \"%.60s\": expected one DIR", operands[1]);
    return n ||
           err_set(err, ERR_USAGE,
                   "DIR is missing: expected a folder that gitomatic export has written, git-o-matic URL or "
                   "gharchive FILE");
}

/* What an interruption leaves, and how to continue. */
static const char *left_by(enum source source, bool dry_run)
{
    static const char *const kept[] = {
        [FROM_FOLDER] = "the rows imported so far are kept. Run the same command again: it reads the folder "
                        "from the beginning and changes nothing in those rows",
        [FROM_ORIGINAL] = "the rows imported so far are kept. Run the same command again: it continues where "
                          "this one stopped",
        [FROM_ARCHIVE] = "the rows imported so far are kept. Run the same command again: it skips the files "
                         "that were read to their end",
    };
    return dry_run ? "nothing was changed" : kept[source];
}

int cmd_import(const struct command_call *call, struct err *err)
{
    static const char *operands[MAX_OPERANDS];
    size_t n = 0;
    bool dry_run = false, ok = false;
    enum source source;
    struct db *db;
    const struct arg_flag flags[] = {{.name = "--dry-run", .present = &dry_run}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), operands, MAX_OPERANDS, &n, err) ||
        !read_source(operands, n, &source, err) ||
        !stop_ends_command(call->name, left_by(source, dry_run), err))
        return exit_code_of(err);
    call->warn_of_demo(call);
    if (!database_open_checked(call->cfg, "gitomatic import", &db, err))
        return exit_code_of(err);
    begun_ms = clock_mono_ms();
    switch (source) {
    case FROM_FOLDER:
        ok = import_folder(call->cfg, db, operands[0], dry_run, err);
        break;
    case FROM_ORIGINAL:
        ok = import_original(db, operands[1], dry_run, err);
        break;
    case FROM_ARCHIVE:
        ok = import_archive(db, operands + 1, n - 1, dry_run, err);
        break;
    }
    if (ok && dry_run)
        fprintf(stderr, "nothing was changed\n");
    db_close(db);
    return ok ? EXIT_DONE : exit_code_of(err);
}
