/* postmaster: what a PostgreSQL server says of itself in its data folder. */
#pragma once
#include "core/base/attr.h"
#include <limits.h>
#include <sys/types.h>

/* What postmaster.pid says; lines: pid, folder, start, port, socket folder, address, shared memory, status. */
struct postmaster {
    pid_t pid;
    bool ready;
    char socket_dir[PATH_MAX];
};

/* False: there is no postmaster.pid in the folder, or none that names a process. */
bool postmaster_read(const char *pg, struct postmaster *out);
/* Whether that process is the server of this folder: a pid file outlives a crash, and pids are used again. */
bool postmaster_runs_in(pid_t pid, const char *pg);
