/* service: what api, crawler and scheduler have in common: signals, a database with the right schema, then run. */
#pragma once
#include "cli/command.h"

typedef bool service_run_fn(const struct config *cfg, const char *database_url, int stop_fd, struct err *err);

int service_run(const struct command_call *call, service_run_fn *run, struct err *err);
