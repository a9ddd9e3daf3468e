/* inlet: runs strict.h in front of libmicrohttpd, on every byte of every connection, on whole heads, including pipelined and
 * kept-alive requests.
 *
 * The library has no option for it: at its strictest (MHD_OPTION_STRICT_FOR_CLIENT of 0.9.75) it requires a Host and forbids
 * spaces in the target, and it does not expose the raw bytes. It receives with recv(), or with gnutls_record_recv() under
 * TLS, from shared libraries; inlet.c defines both, and send() likewise. The program's definitions come first, and pass other
 * descriptors on.
 * That costs neither a copy nor a thread switch. A request that did not come this way is refused, so a library that receives
 * differently would fail every request instead of bypassing the checks.
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
/* The present answer has chunks but no body, since HEAD requested it. The library sends their end nevertheless (0.9.75), which a client
 * takes for the beginning of the next answer: it is not sent. */
void inlet_bodiless(int fd);
/* The fault for which to refuse the present request and close the connection; NULL: none. Valid until inlet_close. */
const struct strict *inlet_fault(int fd);
