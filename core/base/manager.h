/* manager: reports the state of the process to the service manager that started it (systemd, Type=notify) by the protocol of
 * sd_notify(3), a datagram to NOTIFY_SOCKET. Without a manager the calls do nothing. */
#pragma once
#include <stdbool.h>

/* The values of NOTIFY_SOCKET (a path, or @NAME of the abstract namespace) and WATCHDOG_USEC, or NULL. Main thread, once, before other
 * threads. */
void manager_open(const char *path, const char *watchdog_usec);
/* Whether there is a manager: then standard output goes to a log that others may read. */
bool manager_is_there(void);
/* Any thread from here on; none blocks, a manager that does not read gets nothing. */
void manager_ready(void);
void manager_stopping(void);
/* Settings are being read again, until manager_reloaded(). A stop meanwhile is part of the reload and is not reported. */
void manager_reloading(void);
/* Ready again, unless the main loop will start again: then the reload ends with its manager_ready(). */
void manager_reloaded(void);
/* The main loop will start again. Until manager_beginning() its messages are held back; the next run sends them. */
void manager_begin_again(void);
/* It starts again: until its manager_ready(), a stop is not reported. */
void manager_beginning(void);
/* Call from the main loop about once a second or more often: passed on when half of the watchdog's time is over, if there is one. */
void manager_alive(void);
