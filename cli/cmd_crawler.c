#include "crawler/crawler.h"
#include "cli/service.h"

int cmd_crawler(const struct command_call *call, struct err *err)
{
    return service_run(call, crawler_run, err);
}
