#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "core/base/clock.h"
#include "export/import.h"
#include <stdio.h>
#include <unistd.h>

static int64_t begun_ms; /* of the table under way */

static void tell(const char *table, double share)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%-18s %3.0f %%", table, share < 1 ? share * 100 : 100);
}

static void tell_end(const char *table, const struct merge_figures *f)
{
    int64_t now = clock_mono_ms(), ms = now > begun_ms ? now - begun_ms : 1;
    fprintf(stderr, "%s%-18s %12lld rows, %lld new, %lld changed, %lld left out; %lld rows a second\n",
            isatty(STDERR_FILENO) ? "\r" : "", table, (long long)f->rows, (long long)f->added,
            (long long)f->changed, (long long)f->left_out, (long long)(f->rows * 1000 / ms));
    begun_ms = now;
}

static void complain(const char *text)
{
    fprintf(stderr, "%s\n", text);
}

int cmd_import(const struct command_call *call, struct err *err)
{
    struct import_request request = {.progress = tell, .done = tell_end, .complain = complain};
    struct db *db;
    const struct arg_flag flags[] = {{.name = "--dry-run", .present = &request.dry_run}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &request.folder, 1, NULL, err) ||
        (!request.folder &&
         !err_set(err, ERR_USAGE, "DIR is missing: expected a folder that gitomatic export has written")) ||
        !database_open_checked(call->cfg, "gitomatic import", &db, err))
        return exit_code_of(err);
    begun_ms = clock_mono_ms();
    bool ok = import_run(db, &request, err);
    if (ok && request.dry_run)
        fprintf(stderr, "nothing was changed\n");
    db_close(db);
    return ok ? EXIT_DONE : exit_code_of(err);
}
