/* supervise: keeps long-running children running.
 * One that ends is started again after a pause that doubles from 1 s to 30 s and is forgotten once it ran for a minute.
 * Exit code 2 (wrong use, bad configuration) is never tried again. Single-threaded, main thread (see child.h). */
#pragma once
#include "core/base/err.h"
#include <sys/types.h>

#define MAX_SERVICES 8

struct service {
    const char *name;
    const char *const *argv;
    bool quiet;                                /* its stdout goes nowhere */
    pid_t pid;                                 /* 0: ended, waits for start_at_ms */
    int64_t started_ms, start_at_ms, pause_ms; /* monotonic */
};

struct supervisor {
    struct service services[MAX_SERVICES];
    size_t n;
};

/* Starts it; name and argv are borrowed. pid not 0: takes over one that runs already. */
MUST_CHECK bool supervise_add(struct supervisor *s, const char *name, const char *const *argv, bool quiet,
                              pid_t pid, struct err *err);
/* Looks after all of them; call every few tenths of a second. False when one ended with exit code 2. */
MUST_CHECK bool supervise_look(struct supervisor *s, struct err *err);
/* SIGHUP to those that run and take it: all that are not quiet. One that is started later reads its settings then. */
void supervise_reload(const struct supervisor *s);
/* SIGTERM to all but the first `keep` ones, last started first; then SIGKILL to those still there after 15 s. */
void supervise_stop(struct supervisor *s, size_t keep);
