#include "cli/process/service.h"
#include "cli/args.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "core/base/attr.h"
#include <string.h>
#include <sys/resource.h>

/* What a process opens by itself, and some room for clients. Above it they are let in as there is room. */
static rlim_t files_needed(const char *command)
{
    static const struct {
        const char *command;
        rlim_t n;
    } needs[] = {{"api", 128}, {"mirror", 64}, {"crawler", 64}, {"scheduler", 24}};
    for (size_t i = 0; i < ARRAY_LEN(needs); i++)
        if (strcmp(needs[i].command, command) == 0)
            return needs[i].n;
    return 0;
}

/* Raises the soft limit as far as it has to be. */
static bool check_files(const char *command, struct err *err)
{
    struct rlimit files;
    rlim_t needed = files_needed(command);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed)
        return true;
    rlim_t hard = files.rlim_max;
    files.rlim_cur = needed;
    return (hard >= needed && setrlimit(RLIMIT_NOFILE, &files) == 0) ||
           err_set(err, ERR_SYSTEM,
                   "only %llu open files are allowed, expected at least %llu: raise the limit (ulimit -Hn, "
                   "LimitNOFILE= of a systemd unit, --ulimit nofile of a container)",
                   (unsigned long long)hard, (unsigned long long)needed);
}

int service_run(const struct command_call *call, service_run_fn *run, struct err *err)
{
    char room[EMBEDDED_URL_SIZE];
    const char *url;
    int stop_fd;
    if (args_none(call->argc, call->argv, err) && check_files(call->name, err) && stop_open(&stop_fd, err) &&
        database_wait(call->cfg, stop_fd, room, &url, err) && run(call->cfg, url, stop_fd, err))
        return EXIT_DONE;
    return err->code == ERR_STOPPING ? EXIT_DONE : exit_code_of(err);
}
