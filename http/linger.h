/* linger: closes connections whose peer may still be sending, without a reset that would discard the last answer before the
 * peer reads it (RFC 9112 9.6). One thread reads and discards, until a second of silence or for ten seconds, for at most 64
 * connections; more are closed at once. Thread-safe. */
#pragma once

/* Keeps a duplicate of fd; the caller still closes fd. Nothing more may be sent on it. */
void linger_close(int fd);
