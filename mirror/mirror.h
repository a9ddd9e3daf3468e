/* mirror: GitHub's API for any client, from a cache that is proven by conditional requests. docs/mirror.md. */
#pragma once
#include "core/config/config.h"

/* Runs until stop_fd is readable; then answers what has begun. */
MUST_CHECK bool mirror_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err);
/* What it would refuse of its settings, without starting it. */
MUST_CHECK bool mirror_check(const struct config *cfg, struct err *err);
