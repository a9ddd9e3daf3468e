/* listen: listening sockets, and the number of connections that the operating system allows. */
#pragma once
#include "http/networks.h"

struct listener {
    int fd;
    int port;       /* as bound */
    char host[256]; /* as configured, without brackets */
    bool loopback;  /* reachable from this machine only */
};

/* ERR_CONFIG names the setting, and the address if it is in use or not local. The caller closes fd. */
MUST_CHECK bool listen_open(const char *setting, const char *address, struct listener *out, struct err *err);
/* The same without accepting connections: a listening socket may be bound to the same address (SO_REUSEADDR), and port 0
 * becomes a real one. ERR_SYSTEM if the address is in use or not local. */
MUST_CHECK bool listen_bind(const char *setting, const char *address, struct listener *out, struct err *err);
/* "http://host:port", IPv6 in brackets. */
void listen_base(const struct listener *listener, const char *scheme, char *out, size_t size);
/* Raises the soft limit of open files to the hard one. Returns the number of connections that this allows. */
int listen_max_connections(void);
/* Stops listening while threads of the HTTP library still wait for connections, each with its own epoll set. MHD_quiesce_daemon() must not
 * be called for that with a pool of threads (libmicrohttpd 0.9.75): a thread that is awake removes the socket at the same time as the
 * caller, and the second of the two ends the process. Instead the descriptor gets a socket to which nobody connects: the one before
 * leaves all epoll sets by itself (epoll(7)), and the descriptor stays with the library, which closes it. Returns the peer of the new
 * socket, which the caller closes after the library has stopped; -1: none. */
int listen_withdraw(int fd);
