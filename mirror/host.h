/* host: under which address a client sees the mirror, which is what addresses in answers are rewritten to. */
#pragma once
#include "core/config/config.h"

/* GITHUB_MIRROR_URL, else http:// (or https://, with MIRROR_TLS_CERT_FILE) and the Host header if it names this server: the address the connection came in on,
 * localhost on a loopback address, or the host of MIRROR_LISTEN. Any other Host is a client's word only: then it is the
 * address of the connection. ALLOWED_HOSTS are ours, too. At a unix socket it is
 * what the Host header says. enterprise: with /api/v3 behind it. Without a slash at its end. */
void host_base(const struct config *cfg, const char *host, int fd, bool enterprise, char *out, size_t size);
/* Pure parts: whether ALLOWED_HOSTS (names, ".example.org" with subdomains) holds Host's name; whether Host names one of ours. local: "ADDRESS:PORT" of the connection, v6 in brackets. */
bool host_is_allowed(const char *host, const char *allowed);
bool host_is_ours(const char *host, const char *local, const char *listen, bool tls);
