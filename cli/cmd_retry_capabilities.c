#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "schema/queue/quota.h"
#include <stdio.h>

int cmd_retry_capabilities(const struct command_call *call, struct err *err)
{
    struct db *db;
    int64_t n;
    if (!args_parse(call->argc, call->argv, NULL, 0, NULL, 0, NULL, err) ||
        !database_open_checked(call->cfg, "gitomatic retry-capabilities", &db, err))
        return exit_code_of(err);
    bool ok = quota_retry_capabilities(db, &n, err);
    db_close(db);
    if (!ok)
        return exit_code_of(err);
    if (n)
        printf("%lld refused %s will be tried again\n", (long long)n, n == 1 ? "endpoint" : "endpoints");
    else
        puts("nothing is refused");
    return EXIT_DONE;
}
