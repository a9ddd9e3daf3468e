/* hosts: the names a server answers to, from ALLOWED_HOSTS, and the check of the Host header (RFC 9110 7.2). Pure.
 *
 * Without ALLOWED_HOSTS, a server that listens on a loopback address answers loopback names and addresses, and the host of
 * its own public address: any other name can only come from foreign DNS (DNS rebinding). A server that listens elsewhere
 * then answers any name. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"

struct hosts {
    slice *names; /* "example.org", ".example.org" for it and its subdomains, "::1"; "*" is any */
    size_t n;
    bool local_only;
    slice own; /* the host of the public address; ptr NULL: none */
};

/* allowed: ALLOWED_HOSTS, a comma list or NULL. listen: HOST:PORT, or NULL for none on the network. public_url: or NULL.
 * ERR_CONFIG names the item. The arena must outlive *out. */
MUST_CHECK bool hosts_read(struct hosts *out, const char *allowed, const char *listen, const char *public_url,
                           struct arena *a, struct err *err);

enum host_verdict {
    HOST_OK,
    HOST_ABSENT,
    HOST_INVALID, /* not a valid host */
    HOST_FOREIGN, /* not an accepted name */
};
enum host_verdict hosts_check(const struct hosts *hosts, slice host);

/* Whether it is the host of the server's public address. */
bool hosts_own(const struct hosts *hosts, slice host);

/* "host", "host:port", "[v6]:port" and nothing else: a client's text becomes part of every link. The port may be empty, which
 * means the scheme's own (RFC 3986, 3.2.3). */
bool host_is_valid(slice host);
/* The same host in its usual form: without the colon of an empty port. */
slice host_without_empty_port(slice host);
