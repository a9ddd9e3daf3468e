#include "cli/args.h"
#include "cli/command.h"
#include "cli/process/stop.h"
#include "export/export.h"
#include <stdio.h>

static void complain(const char *text)
{
    printf("%s\n", text);
}

int cmd_verify(const struct command_call *call, struct err *err)
{
    const char *folder = NULL;
    if (!args_parse(call->argc, call->argv, NULL, 0, &folder, 1, NULL, err) ||
        (!folder &&
         !err_set(err, ERR_USAGE, "DIR is missing: expected a folder that gitomatic export has written")) ||
        !stop_ends_command(call->name, "the files were not all checked; run the command again", err))
        return exit_code_of(err);
    AUTO_ARENA a = arena_create();
    struct manifest *m = arena_alloc(a, sizeof *m);
    bool ok = export_verify(folder, a, m, complain, err);
    if (ok)
        printf("%s: %zu files are as they were written\n", m->id, m->n_files + 1);
    return ok ? EXIT_DONE : exit_code_of(err);
}
