/* child: starts another program so that it cannot outlive this process, and ends it. Single-threaded use: the death signal is
 * tied to the thread that starts the child, which must be the one that lives as long as the process (main's). */
#pragma once
#include "core/base/err.h"
#include <sys/types.h>

#define MAX_GROUPS 64

struct unix_user {
    char name[64];
    uid_t uid;
    gid_t gid;
    gid_t groups[MAX_GROUPS];
    int n_groups;
};
/* ERR_NOT_FOUND: there is no user of that name. */
MUST_CHECK bool unix_user_find(const char *name, struct unix_user *user_out, struct err *err);

struct child_spec {
    const char *const *argv;      /* [0]: path of the program, or a name looked up in PATH */
    const char *const *env;       /* NULL: this process's */
    const struct unix_user *user; /* NULL: the same user */
    const char *dir;              /* NULL: the same folder */
    int input_fd;                 /* -1: /dev/null */
    int output_fd, error_fd;      /* -1: this process's */
    bool holds_hup;               /* starts with SIGHUP blocked: it waits for that itself */
    int death_signal;             /* sent to it when this process dies; 0: none */
};

/* The child leads a session of its own, so a Ctrl-C at the terminal reaches it only through this process. ERR_CONFIG: the user cannot
 * enter dir; ERR_SYSTEM names any other failed step. */
MUST_CHECK bool child_start(const struct child_spec *spec, pid_t *pid_out, struct err *err);

/* True once the child has ended, with waitpid's status. */
bool child_ended(pid_t pid, int *status_out);
/* The same, waiting for at most ms. */
bool child_wait(pid_t pid, int64_t ms, int *status_out);
/* Sends the signal, waits for at most ms, then kills. False: it had to be killed. *pid becomes 0; 0 is fine. */
bool child_stop(pid_t *pid, int signal, int64_t ms);
/* "exit code 3", "signal 9 (Killed)" */
const char *child_status_text(int status, char out[64]);
