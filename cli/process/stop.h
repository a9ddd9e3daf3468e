/* stop: the one path from a signal to a process that stops.
 * SIGINT, SIGTERM and SIGHUP are blocked in every thread and waited for by one of ours: the first makes the descriptor
 * readable for good, so any number of loops can poll it; another one, half a second later or more, ends the process at
 * once with 130. */
#pragma once
#include "core/base/err.h"

/* Call before any other thread is started. The descriptor stays open until the process ends. */
MUST_CHECK bool stop_open(int *fd_out, struct err *err);
bool stop_asked(int fd);
/* Sleeps; true as soon as it is time to stop. */
bool stop_wait(int fd, int64_t ms);
