/* crawler: claims jobs, sends requests to GitHub, saves pages. Any number of processes on any number of machines share the work.
 * One at a time in a process; blocks its thread, the main one. */
#pragma once
#include "core/config/config.h"

/* Runs until stop_fd becomes readable; then claims no more jobs, gives requests in flight 5 s to end, returns the other jobs
 * with their cursors, and returns true. False with err if it can't start; if the database is lost later, it waits. */
MUST_CHECK bool crawler_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err);
