/* server: the mirror's HTTP side, on libmicrohttpd alone: its callbacks may return without an answer, which ulfius' may not.
 * A request that needs GitHub or the database is suspended; no thread waits for it. */
#pragma once
#include "mirror/request/exchange.h"

struct mirror_server;
MUST_CHECK bool mirror_server_start(struct mirror *m, struct mirror_server **out, struct err *err);
/* Certificate, key, hosts and proxies of other settings, which must live as long. ERR_CONFIG: nothing has changed. One thread. */
MUST_CHECK bool mirror_server_renew(struct mirror_server *s, const struct config *cfg, struct err *err);
/* "http://HOST:PORT", with TLS "https://HOST:PORT", or "unix:/PATH" */
const char *mirror_server_url(const struct mirror_server *s);
/* Accepts no new connections; open requests get grace_ms; then it ends. In the last third of that time, and afterwards, requests that
 * would have to wait are refused with 503. */
void mirror_server_drain(struct mirror_server *s, int grace_ms);
void mirror_server_destroy(struct mirror_server *s); /* after the flights have ended; NULL is fine */
