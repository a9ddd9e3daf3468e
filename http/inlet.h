/* inlet: puts strict.h in front of libmicrohttpd, on every byte of every connection, whole heads at a time, pipelined and
 * kept-alive requests included.
 *
 * The library has no option for it: at its strictest (MHD_OPTION_STRICT_FOR_CLIENT of 0.9.75) it asks for a Host and for no
 * space in the target, and it shows no raw bytes. It receives with recv(), or with gnutls_record_recv() under TLS, from shared
 * libraries; inlet.c defines both, the program's come first, and pass on what is not a connection of a server. That costs
 * neither a copy nor a switch of threads. A request that did not come this way is refused, so a library that receives
 * otherwise would fail every request rather than be let through.
 *
 * At a fault the library gets a small request instead of the bytes (strict_ending), and the server's handler finds the fault
 * here, answers with it, and closes. A target in absolute form becomes a path and a Host (RFC 9112 3.2.2).
 *
 * Threads: inlet_open before the library reads, inlet_close before the descriptor is closed; the others on the thread that
 * serves the connection. */
#pragma once
#include "http/strict.h"

/* fd: a connection, borrowed. limits: borrowed. tls: its gnutls_session_t, or NULL. */
void inlet_open(int fd, const struct strict_limits *limits, void *tls);
void inlet_close(int fd);
/* The library has read a request line. */
void inlet_begun(int fd);
/* What the request in hand is to be refused with and the connection closed; NULL: nothing. Good until inlet_close. */
const struct strict *inlet_fault(int fd);
