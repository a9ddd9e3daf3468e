/* origin: the address that a client used, and the client's own, with proxies possibly in between. Pure. X-Forwarded-* and
 * Forwarded (RFC 7239) count only if the peer is one of TRUSTED_PROXIES. */
#pragma once
#include "api/request/request.h"
#include "http/hosts.h"
#include "http/networks.h"

struct origin {
    const char *public_base; /* PUBLIC_URL without a slash at the end; NULL: links follow the Host header */
    const char *scheme;      /* "http" or "https", without a proxy */
    struct network_list proxies;
    struct hosts hosts;
};

/* Reads PUBLIC_URL, TRUSTED_PROXIES, ALLOWED_HOSTS, TLS_CERT_FILE and API_AUTH. ERR_CONFIG. The arena must outlive *out. */
MUST_CHECK bool origin_init(struct origin *out, const struct config *cfg, struct arena *a, struct err *err);

/* Fills rq->client, rq->scheme and rq->host from the peer's address and the headers. */
void origin_find_client(const struct origin *origin, const struct network *peer, struct request *rq);
