/* embedded_private: the parts of the embedded cluster that its start and its upgrade share (embedded.c, programs.c, upgrade.c). */
#pragma once
#include "cli/cluster/embedded.h"
#include "cli/cluster/pg_binaries.h"
#include "cli/process/child.h"

#define EMBEDDED_PORT 5432 /* part of the socket's name, which every command expects */
#define STOP_MS       60000

struct embedded {
    char dir[PATH_MAX], pg[PATH_MAX + 8], log[PATH_MAX + 8];
    char socket_dir[PATH_MAX + 8];
    char url[EMBEDDED_URL_SIZE];
    struct pg_binaries binaries;
    struct unix_user postgres;
    const struct unix_user *user; /* &postgres for root, else NULL */
    int lock_fd, log_fd;
    off_t log_start; /* where the lines of this start begin */
    int port;        /* of the socket's name */
    bool read_only;  /* sessions begin read-only */
    pid_t pid;
    bool socket_is_elsewhere;
};

/* ---- programs.c: PostgreSQL's programs, as the cluster's user, without this process's environment ---- */

/* output_fd: its stdout; stderr is pg.log. */
MUST_CHECK bool embedded_start_program(const struct embedded *e, const char *const *argv, int input_fd,
                                       int output_fd, int death_signal, pid_t *pid_out, struct err *err);
/* Runs it to its end, with its output in pg.log. input: a text, or NULL. stop_fd: kills it with ERR_STOPPING when readable; -1: none. */
MUST_CHECK bool embedded_run_program(const struct embedded *e, const char *const *argv, const char *input,
                                     int stop_fd, struct err *err);
/* *pid is 0 then, and the status is waitpid's. ERR_STOPPING: stop_fd was readable first, and it still runs. */
MUST_CHECK bool embedded_wait_for_end(pid_t *pid, int stop_fd, int *status_out, struct err *err);
/* Sets the error: how the program ended, and the last error in pg.log since log_start. Returns false. */
bool embedded_explain_end(const struct embedded *e, const char *what, int status, struct err *err);
/* Sets log_start to the end of pg.log, so that embedded_explain_end() ignores earlier lines. */
void embedded_mark_log(struct embedded *e);

/* ---- embedded.c: the steps of a start ---- */

/* Fills an empty one: the folder (made if missing), its user, its lock and pg.log. After a failure, embedded_stop. */
struct embedded *embedded_new(void);
MUST_CHECK bool embedded_take_folder(struct embedded *e, const char *data_dir, struct err *err);
/* Makes the folder of the sockets. */
MUST_CHECK bool embedded_choose_sockets(struct embedded *e, struct err *err);
/* An empty cluster of e->binaries in new_dir, with gitomatic's defaults and without a database of its own. */
MUST_CHECK bool embedded_make_cluster(struct embedded *e, const char *new_dir, int stop_fd, struct err *err);
/* The name of a new cluster's folder until it is complete: DIR/pg.new.WORD, which pg_folder_remove_leftovers removes. */
void embedded_name_new(const struct embedded *e, char *out, size_t size);
/* The version of the cluster in e->pg; 0: there is none. */
MUST_CHECK bool embedded_version(const struct embedded *e, int *out, struct err *err);
/* Starts the server and waits until it answers. */
MUST_CHECK bool embedded_serve(struct embedded *e, int stop_fd, struct err *err);
/* Ends the server, if it runs. False: it had to be killed. */
bool embedded_halt(struct embedded *e, int64_t ms);
/* Of a database of this server. */
void embedded_write_url(const struct embedded *e, const char *database, char out[EMBEDDED_URL_SIZE]);
