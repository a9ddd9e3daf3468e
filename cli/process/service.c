#include "cli/process/service.h"
#include "cli/args.h"
#include "cli/database.h"
#include "cli/process/stop.h"

int service_run(const struct command_call *call, service_run_fn *run, struct err *err)
{
    char room[EMBEDDED_URL_SIZE];
    const char *url;
    int stop_fd;
    if (args_none(call->argc, call->argv, err) && stop_open(&stop_fd, err) &&
        database_wait(call->cfg, stop_fd, room, &url, err) && run(call->cfg, url, stop_fd, err))
        return EXIT_DONE;
    return err->code == ERR_STOPPING ? EXIT_DONE : exit_code_of(err);
}
