/* embedded: the private PostgreSQL cluster in a data folder, for use without a PostgreSQL server.
 *
 *   DIR/lock     locked by the process that runs it (flock; the pid in it is for people)
 *   DIR/pg/      the cluster; created under another name first, so that a killed initdb leaves nothing incomplete
 *   DIR/run/     its unix socket; if that path is too long for a socket, a private folder under /tmp
 *   DIR/pg.log   the server's log; older lines in DIR/pg.log.1, each of 32 MiB at most
 *   DIR/addresses  where `up` is reached (cli/cluster/addresses.h)
 *   DIR/demo.moves  the past of a demo's GitHub (sim/world/moves.h)
 *
 * If root starts it and user postgres cannot enter DIR, DIR becomes a link to a folder that postgres can enter (cli/cluster/relocate.h).
 *
 * Only the unix socket is listened on, reachable by the user who runs it (and root). Started by root, the server and its
 * files belong to user postgres. Single-threaded; one cluster a process. */
#pragma once
#include "core/base/err.h"
#include <limits.h>
#include <sys/types.h>

#define EMBEDDED_URL_SIZE 1024

struct embedded;

/* Locks the folder (created if missing), starts the server and waits until it answers. ERR_CONFIG: the folder cannot be used (the text
 * says what to do); ERR_SYSTEM and others: the server cannot be started. stop_fd: gives up with ERR_STOPPING when readable. */
MUST_CHECK bool embedded_start(const char *data_dir, int stop_fd, struct embedded **out, struct err *err);
/* Waits for a fast shutdown; releases the folder. NULL is fine. */
void embedded_stop(struct embedded *e);

const char *embedded_url(const struct embedded *e);
const char *embedded_dir(const struct embedded *e); /* absolute */
/* Whether the server has ended by itself since the last call; start it again with embedded_restart. */
bool embedded_has_died(struct embedded *e, char why_out[64]);
MUST_CHECK bool embedded_restart(struct embedded *e, int stop_fd, struct err *err);

/* Bounds pg.log; call every few seconds or more often. */
void embedded_tend(struct embedded *e);
/* The server reads its postgresql.conf again. NULL is fine. */
void embedded_reload(const struct embedded *e);

/* For other commands: the data folder whose server listens in that folder of sockets, which is elsewhere if the data folder's name does
 * not suit them. False: it is not that of an embedded cluster. */
MUST_CHECK bool embedded_of_sockets(const char *socket_dir, char out[PATH_MAX]);
/* For other commands: the URL of the cluster that runs in this folder. ERR_NOT_FOUND: none does. */
MUST_CHECK bool embedded_find(const char *data_dir, char url_out[EMBEDDED_URL_SIZE], struct err *err);
