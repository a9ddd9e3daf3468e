/* linger: closes connections whose peer may still be sending, without the reset that would take the last answer away before it
 * is read (RFC 9112 9.6). One thread reads and drops, for a second of silence or ten in all, of at most 64 connections; more
 * are closed at once. Thread-safe. */
#pragma once

/* Keeps a duplicate of fd, which stays the caller's to close. Nothing more may be sent on it. */
void linger_close(int fd);
