#include "api/api.h"
#include "cli/process/service.h"

int cmd_api(const struct command_call *call, struct err *err)
{
    return service_run(call, api_run, err);
}
