/* listen: listening sockets, and the number of connections that the operating system allows. */
#pragma once
#include "http/networks.h"

struct listener {
    int fd;
    int port;       /* as bound */
    char host[256]; /* as configured, without brackets */
    bool loopback;  /* reachable from this machine only */
};

/* ERR_CONFIG names the setting, and, if the address is in use or not local, the address and what to do. The caller closes fd. */
MUST_CHECK bool listen_open(const char *setting, const char *address, struct listener *out, struct err *err);
/* The same without accepting connections: a listening socket may be bound to the same address (SO_REUSEADDR), and port 0
 * becomes a real one. ERR_SYSTEM if the address is in use or not local. */
MUST_CHECK bool listen_bind(const char *setting, const char *address, struct listener *out, struct err *err);
/* Whether something accepts connections at that HOST:PORT now. */
bool listen_answers(const char *address);
/* "http://host:port", IPv6 in brackets. */
void listen_base(const struct listener *listener, const char *scheme, char *out, size_t size);
/* Raises the soft limit of open files to the hard one. Returns the number of connections that this allows. */
int listen_max_connections(void);
/* Stops listening on a TCP socket while threads of the HTTP library still wait for connections, each with its own epoll set. Neither
 * MHD_quiesce_daemon() nor another socket in its place will do with a pool of threads (libmicrohttpd 0.9.75): a thread that removes a
 * socket from its set, since it stops or is at its limit, ends the process if the socket has left the set. Instead the socket is
 * connected to itself (RFC 9293, 3.5, simultaneous open): it stays in all sets, has nothing to read, and accept(2) gives EINVAL.
 * New clients are refused, and another process can listen there. The descriptor stays with the library, which closes it. */
void listen_withdraw(int fd);
