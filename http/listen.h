/* listen: the socket the API is reached at, and how many connections the operating system lets us have. */
#pragma once
#include "http/networks.h"

struct listener {
    int fd;
    int port;       /* as bound */
    char host[256]; /* as asked for, without brackets */
    bool loopback;  /* reachable from this machine only */
};

/* ERR_CONFIG names the address when it is taken or not ours; the setting is API_LISTEN. The caller closes fd. */
MUST_CHECK bool listen_open(const char *address, struct listener *out, struct err *err);
/* "http://host:port", IPv6 in brackets. */
void listen_base(const struct listener *listener, const char *scheme, char *out, size_t size);
/* Raises the soft limit of open files to the hard one. Returns how many connections that leaves room for. */
int listen_max_connections(void);
