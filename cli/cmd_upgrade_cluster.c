/* gitomatic upgrade-cluster: the embedded cluster moves to a newer PostgreSQL (cli/cluster/upgrade.h). */
#include "cli/args.h"
#include "cli/cluster/upgrade.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"

#define HIGHEST_VERSION 999

static bool read_version(const char *text, int *out, struct err *err)
{
    int64_t version;
    if (!slice_i64(slice_of(text), 1, HIGHEST_VERSION, &version))
        return err_set(err, ERR_USAGE,
                       "--to: got \"%.60s\", expected a major version of PostgreSQL such as 17", text);
    *out = (int)version;
    return true;
}

int cmd_upgrade_cluster(const struct command_call *call, struct err *err)
{
    const char *to = NULL;
    struct upgrade_options options = {.data_dir = call->cfg->data_dir};
    const struct arg_flag flags[] = {{.name = "--to", .values = &to, .max_values = 1},
                                     {.name = "--bindir", .values = &options.bindir, .max_values = 1}};
    int stop_fd;
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), NULL, 0, NULL, err) ||
        (to && !read_version(to, &options.version, err)))
        return exit_code_of(err);
    if (to && options.bindir) {
        err_set(err, ERR_USAGE, "--to and --bindir were both given: expected one of them");
        return exit_code_of(err);
    }
    if (database_is_given(call->cfg)) {
        err_set(err, ERR_CONFIG,
                "DATABASE_URL or libpq's PG* variables name a server: expected none of them, as only the "
                "embedded "
                "cluster is upgraded; Debian's pg_upgradecluster upgrades a server");
        return exit_code_of(err);
    }
    if (!stop_open(&stop_fd, err))
        return exit_code_of(err);
    if (upgrade_cluster(&options, stop_fd, stdout, err))
        return EXIT_DONE;
    return err->code == ERR_STOPPING || stop_asked(stop_fd) ? EXIT_INTERRUPTED : exit_code_of(err);
}
