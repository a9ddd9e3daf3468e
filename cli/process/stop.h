/* stop: the one path from a signal to a process that stops, or that reads its settings anew.
 * SIGINT, SIGTERM and SIGHUP are blocked in every thread and waited for by one of ours. The first SIGINT or SIGTERM makes the
 * descriptor readable for good, so any number of loops can poll it; another one, half a second later or more, ends the process
 * at once with 130. SIGHUP is passed on to reload_request() (core/config/reload.h) where stop_hold_hup() said so. Elsewhere, and when the
 * terminal that the process was started from has gone, it means stop. */
#pragma once
#include "core/base/err.h"

/* SIGHUP means reload: keeps it, as it would end the process, until stop_open(). The children of this process are to start with it blocked, too, if
 * they wait for it (child_spec.holds_hup). False: lets it through again. Main thread. */
void stop_hold_hup(bool hold);
/* Call before any other thread is started. The descriptor stays open until the process ends. */
MUST_CHECK bool stop_open(int *fd_out, struct err *err);
bool stop_asked(int fd);
/* Sleeps; true as soon as it is time to stop. */
bool stop_wait(int fd, int64_t ms);
