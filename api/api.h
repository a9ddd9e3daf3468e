/* api: the REST API as a process. Nothing of HTTP or the database shows through this header. */
#pragma once
#include "core/base/err.h"
#include "core/config/config.h"

#define API_STREAMS                                                                                          \
    4 /* answers made while they are sent, at once: each has a connection beside API_CONNECTIONS */

/* Whether these settings would do, for whoever starts an API with much else: reads TLS_CERT_FILE and TLS_KEY_FILE, listens
 * on API_LISTEN for a moment. ERR_CONFIG names what is wrong. */
MUST_CHECK bool api_check(const struct config *cfg, struct err *err);

/* Runs the API until stop_fd becomes readable (the caller writes at SIGTERM and SIGINT; it is not read here). Then the
 * listening socket is closed, every request of which a byte has come is answered, idle connections are closed; at most
 * 10 s. database_url is the caller's resolved one; reads go to cfg->database_read_url if that is set. Blocks; starts and
 * joins threads of its own. False with err when it can't start: ERR_CONFIG names the address that is taken or wrong. A
 * database that is down is no reason not to start: requests are answered with 503 until it is back. */
MUST_CHECK bool api_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err);
