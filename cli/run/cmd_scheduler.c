#include "cli/process/service.h"
#include "scheduler/scheduler.h"

int cmd_scheduler(const struct command_call *call, struct err *err)
{
    return service_run_again(call, scheduler_run, scheduler_check, err);
}
