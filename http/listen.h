/* listen: the sockets that servers are reached at, and how many connections the operating system lets us have. */
#pragma once
#include "http/networks.h"

struct listener {
    int fd;
    int port;       /* as bound */
    char host[256]; /* as asked for, without brackets */
    bool loopback;  /* reachable from this machine only */
};

/* ERR_CONFIG names the setting, and the address when it is taken or not ours. The caller closes fd. */
MUST_CHECK bool listen_open(const char *setting, const char *address, struct listener *out, struct err *err);
/* The same without accepting connections: a socket that listens may be bound beside it (SO_REUSEADDR), and port 0 has become one.
 * ERR_SYSTEM when the address is taken or not ours. */
MUST_CHECK bool listen_bind(const char *setting, const char *address, struct listener *out, struct err *err);
/* "http://host:port", IPv6 in brackets. */
void listen_base(const struct listener *listener, const char *scheme, char *out, size_t size);
/* Raises the soft limit of open files to the hard one. Returns how many connections that leaves room for. */
int listen_max_connections(void);
