/* scheduler: fires cron entries and keeps the queue tidy.
 * Entries come from the environment and live in schedule_entries; any number of schedulers may run, each entry fires once
 * each time. The same loop makes due jobs available, returns those of workers without a heartbeat to the queue, and prunes finished ones. */
#pragma once
#include "core/config/config.h"

/* DISCOVERY_SCHEDULE and HEARTBEAT_SCHEDULE: a cron expression that matches some day, or "off". Pure.
 * ERR_CONFIG names the variable. */
MUST_CHECK bool scheduler_check(const struct config *cfg, struct err *err);

/* Runs until stop_fd is readable; true then. database_url NULL: libpq's PG* variables. It waits for a lost database. False
 * only if it could not start. */
MUST_CHECK bool scheduler_run(const struct config *cfg, const char *database_url, int stop_fd,
                              struct err *err);
