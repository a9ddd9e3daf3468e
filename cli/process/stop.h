/* stop: the one path from a signal to a process that stops, or that reads its settings again.
 * SIGINT, SIGTERM and SIGHUP are blocked in every thread, and one thread waits for them. The first SIGINT or SIGTERM makes the
 * descriptor readable for good, so any number of loops can poll it; another one, half a second later or more, ends the process
 * at once with 130. SIGHUP is passed on to reload_request() (core/config/reload.h) after stop_hold_hup(). Otherwise, and when the
 * terminal of the process has been closed, it means stop. */
#pragma once
#include "core/base/err.h"

/* SIGHUP means reload: blocks it, as it would end the process, until stop_open(). Children that handle it must start with it blocked,
 * too (child_spec.holds_hup). False: unblocks it. Main thread. */
void stop_hold_hup(bool hold);
/* Call before any other thread is started. The descriptor stays open until the process ends. */
MUST_CHECK bool stop_open(int *fd_out, struct err *err);
/* Instead of stop_open(), for a command that may end anywhere: the first signal prints "gitomatic COMMAND: interrupted: " and the text on
 * stderr and ends the process with 130; ignored signals stay ignored. Call it before any other thread is started. Both strings must stay valid. */
MUST_CHECK bool stop_ends_command(const char *command, const char *text, struct err *err);
/* Replaces the text from now on. */
void stop_says(const char *text);
/* Whether the process must stop. Does not block. */
bool stop_asked(int fd);
/* The same for who has no descriptor; false before stop_open(). Any thread. */
bool stop_begun(void);
/* Sleeps for at most ms; true as soon as the process must stop. */
bool stop_wait(int fd, int64_t ms);
