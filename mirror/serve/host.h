/* host: under which address a client sees the mirror, which is what addresses in answers are rewritten to. */
#pragma once
#include "core/config/config.h"
#include "http/networks.h"

/* What holds for all requests of a connection. */
struct peer {
    bool by_network; /* else by a unix socket, or it has gone */
    struct network address;
    bool by_socket; /* unix */
    char local[80]; /* the address it came in on, "ADDRESS:PORT" with v6 in brackets */
};
void host_peer(int fd, struct peer *out);

/* What a request says of the address it was sent to. */
struct host_claim {
    const char *host;   /* Host, or X-Forwarded-Host of a trusted proxy; NULL: none */
    const char *scheme; /* of a trusted proxy, "http" or "https"; NULL: not said */
    bool believed;      /* one of ALLOWED_HOSTS or of our own address, or a trusted proxy says it */
};

/* GITHUB_MIRROR_URL, else the claim if it is believed or names this server: the address the connection came in on, localhost
 * on a loopback address, or the host of MIRROR_LISTEN; with https:// where the proxy says so, or for MIRROR_TLS_CERT_FILE.
 * Any other Host is a client's word only: then it is the address of the connection. At a unix socket it is what the Host
 * header says. local: of the peer, NULL for a unix socket. enterprise: with /api/v3 after it. Without a slash at its end. */
void host_base(const struct config *cfg, const struct host_claim *claim, const char *local, bool enterprise,
               char *out, size_t size);
/* Whether Host names the address of the connection. local: "ADDRESS:PORT", v6 in brackets. */
bool host_is_ours(const char *host, const char *local, const char *listen, bool tls);
