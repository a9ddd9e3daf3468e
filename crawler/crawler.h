/* crawler: claims jobs, asks GitHub, saves pages. Any number of processes on any number of machines share the work. */
#pragma once
#include "core/config/config.h"

/* Runs until stop_fd becomes readable; then claims nothing more, gives what is in flight 5 s to end, puts the rest back
 * with its cursor and returns true. False with err when it can't start; a database that goes away later is waited for. */
MUST_CHECK bool crawler_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err);
