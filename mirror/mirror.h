/* mirror: GitHub's API for any client, from a cache that is revalidated by conditional requests. docs/mirror.md.
 * One at a time in a process; blocks its thread, the main one. */
#pragma once
#include "core/config/config.h"

/* Runs until stop_fd is readable; then finishes open requests. */
MUST_CHECK bool mirror_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err);
/* Checks its settings without starting it. */
MUST_CHECK bool mirror_check(const struct config *cfg, struct err *err);
