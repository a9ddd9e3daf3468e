/* embedded: the private PostgreSQL cluster in a data folder, for running without a database of one's own.
 *
 *   DIR/lock     who runs it (flock; the pid inside is for people)
 *   DIR/pg/      the cluster; made under another name first, so a killed initdb leaves nothing half-done
 *   DIR/run/     its unix socket; where that path is too long for a socket, a private folder under /tmp
 *   DIR/pg.log   what the server says; the lines before in DIR/pg.log.1, each of 32 MiB at most
 *
 * Where root starts it and user postgres can't enter DIR, DIR becomes a link to a folder that user can enter (cli/cluster/relocate.h).
 *
 * Only the unix socket is listened on, reachable by the user who runs it (and root). Started by root, the server and its
 * files belong to user postgres. Single-threaded; one cluster a process. */
#pragma once
#include "core/base/err.h"
#include <sys/types.h>

#define EMBEDDED_URL_SIZE 1024

struct embedded;

/* Takes the folder (made when missing), starts the server and waits until it answers. ERR_CONFIG when the folder can't be
 * used (its text says what to do), ERR_SYSTEM and others when the server can't be started. stop_fd: gives up with
 * ERR_STOPPING when readable. */
MUST_CHECK bool embedded_start(const char *data_dir, int stop_fd, struct embedded **out, struct err *err);
/* Fast shutdown, waited for; gives the folder back. NULL is fine. */
void embedded_stop(struct embedded *e);

const char *embedded_url(const struct embedded *e);
const char *embedded_dir(const struct embedded *e); /* absolute */
/* True when this start made the cluster. */
bool embedded_is_new(const struct embedded *e);
/* True when the server has ended by itself since the last look; start it again with embedded_restart. */
bool embedded_has_died(struct embedded *e, char why_out[64]);
MUST_CHECK bool embedded_restart(struct embedded *e, int stop_fd, struct err *err);

/* Keeps pg.log from growing without end; call every few seconds or more often. */
void embedded_tend(struct embedded *e);
/* The server reads its postgresql.conf anew. NULL is fine. */
void embedded_reload(const struct embedded *e);

/* For other commands: the URL of the cluster that runs in this folder. ERR_NOT_FOUND when none does. */
MUST_CHECK bool embedded_find(const char *data_dir, char url_out[EMBEDDED_URL_SIZE], struct err *err);
