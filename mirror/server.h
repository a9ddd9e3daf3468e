/* front: the mirror's HTTP side, on libmicrohttpd alone: its callbacks may return without an answer, which ulfius' may not.
 * A request that needs GitHub or the store is suspended; nobody's thread waits for it. */
#pragma once
#include "mirror/exchange.h"

struct front;
MUST_CHECK bool front_start(struct mirror *m, struct front **out, struct err *err);
/* "http://HOST:PORT", with TLS "https://HOST:PORT", or "unix:/PATH" */
const char *front_url(const struct front *s);
/* No new connections; what is under way gets grace_ms; then the end. */
void front_drain(struct front *s, int grace_ms);
void front_destroy(struct front *s); /* after the flights have ended; NULL is fine */
