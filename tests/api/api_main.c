/* The API alone, for its tests: migrate, user-add NAME PASSWORD [read-only], user-remove NAME, fold ROWS, serve.
 * Not shipped: `gitomatic api` does the same through the command line. */
#include "api/api.h"
#include "schema/access/users.h"
#include "schema/graph/changes.h"
#include "schema/migrate.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>

static int fail(const struct err *err)
{
    fprintf(stderr, "%s\n", err->text);
    return 1;
}

int main(int argc, char **argv)
{
    struct config cfg;
    struct err err = {0};
    struct db *db;
    int n;
    bool flag;
    if (!config_load(&cfg, &argc, argv, &err))
        return fail(&err);
    log_setup("api", (enum log_level)cfg.log_level, (enum log_format)cfg.log_format);
    const char *command = argc > 1 ? argv[1] : "serve";
    if (strcmp(command, "serve") == 0) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigprocmask(SIG_BLOCK, &set, NULL);
        signal(SIGPIPE, SIG_IGN);
        bool ok = api_run(&cfg, cfg.database_url, signalfd(-1, &set, SFD_CLOEXEC), &err);
        config_finish(&cfg);
        return ok ? 0 : fail(&err);
    }
    struct db_options options = {.url = cfg.database_url};
    bool ok = db_open(&options, &db, &err);
    if (!ok)
        return fail(&err);
    if (strcmp(command, "migrate") == 0)
        ok = schema_migrate(db, &n, &err);
    else if (strcmp(command, "user-add") == 0 && argc >= 4)
        ok = users_add(db, argv[2], slice_of(argv[3]), argc > 4, &flag, &err);
    else if (strcmp(command, "user-remove") == 0 && argc >= 3)
        ok = users_remove(db, argv[2], &flag, &err);
    else if (strcmp(command, "fold") == 0 && argc >= 3)
        ok = changes_fold(db, (int)strtol(argv[2], NULL, 10), &flag, &err);
    else
        ok = err_set(&err, ERR_USAGE, "unknown command %s", command);
    db_close(db);
    config_finish(&cfg);
    return ok ? 0 : fail(&err);
}
