#include "cli/process/service.h"
#include "crawler/crawler.h"

int cmd_crawler(const struct command_call *call, struct err *err)
{
    return service_run(call, crawler_run, err);
}
