/* manager: tells the service manager that started us (systemd, Type=notify) how we are: the protocol of sd_notify(3), a datagram
 * to NOTIFY_SOCKET. Where no manager wants to know, the calls do nothing. */
#pragma once
#include <stdbool.h>

/* The values of NOTIFY_SOCKET (a path, or @NAME of the abstract namespace) and WATCHDOG_USEC, or NULL. Main thread, once, before other
 * threads. */
void manager_open(const char *path, const char *watchdog_usec);
/* Whether a manager wants to know: then what we print goes to a log that others may read. */
bool manager_is_there(void);
/* Any thread from here on; none blocks, a manager that does not read gets nothing. */
void manager_ready(void);
void manager_stopping(void);
/* Settings are read anew, until manager_reloaded(). A stop meanwhile is a part of it, and not told. */
void manager_reloading(void);
/* Ready again, unless the main loop has been asked to begin anew: then the reload ends with its manager_ready(). */
void manager_reloaded(void);
/* The main loop is asked to begin anew: until manager_beginning(), what it tells is told by the one that follows it. */
void manager_begin_again(void);
/* It begins anew: until its manager_ready(), a stop is not told. */
void manager_beginning(void);
/* Call from the main loop at least once in a second or so: sent on half-way to the watchdog's time, if there is one. */
void manager_alive(void);
