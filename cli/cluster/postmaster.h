/* postmaster: the state of a PostgreSQL server according to its data folder. */
#pragma once
#include "core/base/attr.h"
#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

/* The content of postmaster.pid; lines: pid, folder, start, port, socket folder, address, shared memory, status. */
struct postmaster {
    pid_t pid;
    bool ready;
    char socket_dir[PATH_MAX];
};

/* False: the folder has no postmaster.pid, or one without a pid. */
bool postmaster_read(const char *pg, struct postmaster *out);
/* For a socket SOCKET_DIR/.s.PGSQL.PORT: its server's data folder, the second line of the socket's lock file. *found_out: whether there is
 * such a file. False: it names no absolute path, or is not a server's. */
MUST_CHECK bool postmaster_of_socket(const char *socket_dir, int port, bool *found_out, char out[PATH_MAX]);
/* Whether that process is the server of this folder: a pid file outlives a crash, and pids are reused. */
bool postmaster_runs_in(pid_t pid, const char *pg);

/* Ends the server of this folder, a child of this process: a fast shutdown, which may take ms. A server that does not begin it, or takes
 * longer, is killed with its processes; the next start recovers. Sets *pid to 0. False: it was killed. */
bool postmaster_stop(pid_t *pid, const char *pg, int64_t ms);
