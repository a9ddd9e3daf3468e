/* host: the mirror's address as used by a client; URLs in answers are rewritten to it. */
#pragma once
#include "core/config/config.h"
#include "http/networks.h"

/* The properties of a connection. */
struct peer {
    bool by_network; /* else a unix socket, or it is closed */
    struct network address;
    bool by_socket; /* unix */
    char local[80]; /* the address it came in on, "ADDRESS:PORT" with v6 in brackets */
};
void host_peer(int fd, struct peer *out);

/* The address that a request claims it was sent to. */
struct host_claim {
    const char *host;   /* Host, or X-Forwarded-Host of a trusted proxy; NULL: none */
    const char *scheme; /* of a trusted proxy, "http" or "https"; NULL: not given */
    bool believed;      /* one of ALLOWED_HOSTS or the mirror's own address, or from a trusted proxy */
};

/* GITHUB_MIRROR_URL, else the claim if it is trusted or names this server: the address of the connection, localhost on a
 * loopback address, or the host of MIRROR_LISTEN; with https:// if the proxy says so, or for MIRROR_TLS_CERT_FILE. Any other
 * Host is ignored: then it is the address of the connection. On a unix socket it is the Host header. local: of the peer,
 * NULL for a unix socket. enterprise: with /api/v3 after it. Without a slash at its end. */
void host_base(const struct config *cfg, const struct host_claim *claim, const char *local, bool enterprise,
               char *out, size_t size);
/* Whether Host names the address of the connection. local: "ADDRESS:PORT", v6 in brackets. */
bool host_is_ours(const char *host, const char *local, const char *listen, bool tls);
