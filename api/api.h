/* api: the REST API as a process. This header exposes nothing of HTTP or the database. */
#pragma once
#include "core/base/err.h"
#include "core/config/config.h"

#define API_STREAMS 4 /* streamed answers at once: each has a connection in addition to API_CONNECTIONS */

/* Checks these settings before an API is started with other processes: reads TLS_CERT_FILE and TLS_KEY_FILE, listens briefly
 * on API_LISTEN. ERR_CONFIG names the invalid setting. */
MUST_CHECK bool api_check(const struct config *cfg, struct err *err);

/* Runs the API until stop_fd becomes readable (the caller writes at SIGTERM and SIGINT; it is not read here). Then it closes
 * the listening socket, answers every request of which a byte has arrived, and closes idle connections; at most 10 s.
 * database_url is the caller's resolved one; reads go to cfg->database_read_url if that is set. Blocks; starts and
 * joins threads of its own. False with err when it can't start: ERR_CONFIG names the address that is in use or invalid. It
 * starts without a reachable database, too, and answers 503 until the database is back. */
MUST_CHECK bool api_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err);
