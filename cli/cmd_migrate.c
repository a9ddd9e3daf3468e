#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "schema/migrate.h"

static int show(struct db *db, struct err *err)
{
    bool current;
    if (!schema_status(db, stdout, &current, err))
        return exit_code_of(err);
    return current ? EXIT_DONE : EXIT_FAILED;
}

static int apply(struct db *db, struct err *err)
{
    int n;
    if (!schema_migrate(db, &n, err))
        return exit_code_of(err);
    if (n)
        printf("%d migration%s applied\n", n, n == 1 ? "" : "s");
    else
        puts("nothing to do: the schema is up to date");
    return EXIT_DONE;
}

int cmd_migrate(const struct command_call *call, struct err *err)
{
    bool status = false;
    struct db *db;
    const struct arg_flag flags[] = {{.name = "--status", .present = &status}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), NULL, 0, NULL, err) ||
        !stop_ends_command(call->name,
                           status ? "nothing was changed"
                                  : "each migration is applied as a whole or not at all. Run the same "
                                    "command again for the rest",
                           err) ||
        !database_open(call->cfg, "gitomatic migrate", &db, err))
        return exit_code_of(err);
    int code = status ? show(db, err) : apply(db, err);
    db_close(db);
    return code;
}
