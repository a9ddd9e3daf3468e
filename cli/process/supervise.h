/* supervise: keeps long-running children running.
 * One that ends is started again after a pause that doubles from 1 s to 30 s and is reset when it has run for a minute. Exit code 2
 * (wrong use, invalid configuration) is never retried. Single-threaded, main thread (see child.h). */
#pragma once
#include "core/base/err.h"
#include <sys/types.h>

#define MAX_SERVICES 8

struct service {
    const char *name;
    const char *const *argv;
    bool quiet;                                /* its stdout is discarded */
    pid_t pid;                                 /* 0: ended, waits for start_at_ms */
    int64_t started_ms, start_at_ms, pause_ms; /* monotonic */
};

struct supervisor {
    struct service services[MAX_SERVICES];
    size_t n;
};

/* Starts a service; name and argv are borrowed. If pid is not 0, supervises that running process instead. */
MUST_CHECK bool supervise_add(struct supervisor *s, const char *name, const char *const *argv, bool quiet,
                              pid_t pid, struct err *err);
/* Restarts services that have ended; call every few tenths of a second. False: one ended with exit code 2. */
MUST_CHECK bool supervise_look(struct supervisor *s, struct err *err);
/* Sends SIGHUP to the running services that handle it: all that are not quiet. A service that is not running reads the new settings
 * at its start. */
void supervise_reload(const struct supervisor *s);
/* SIGTERM to all but the first `keep` ones, last started first; then SIGKILL to those still running after 15 s. */
void supervise_stop(struct supervisor *s, size_t keep);
