/* service: the common start of api, crawler, mirror and scheduler: signals, a database with the right schema, then run. */
#pragma once
#include "cli/command.h"

typedef bool service_run_fn(const struct config *cfg, const char *database_url, int stop_fd, struct err *err);

/* Raises the soft limit of open files as far as the command needs (a service, or "up"). ERR_SYSTEM: the hard one is lower. */
MUST_CHECK bool service_check_files(const char *command, struct err *err);

/* run takes over new settings by itself (core/config/reload.h). */
int service_run(const struct command_call *call, service_run_fn *run, struct err *err);

/* Cheap, on another thread: whether run could work with these settings. */
typedef bool service_check_fn(const struct config *cfg, struct err *err);
/* With new settings, run is stopped as by a signal and called again, in the same process. */
int service_run_again(const struct command_call *call, service_run_fn *run, service_check_fn *check,
                      struct err *err);
