/* flight: one request to GitHub, and all clients that wait for its answer (single-flight). Concurrent equal requests of the
 * same credential are one flight.
 *
 * The steps of a flight: look up → decide → send → classify → save → conclude. No two of these run at the same time for a
 * flight; each may be on another thread (the server's, the store's, the passthrough's), so that none blocks another. */
#pragma once
#include "mirror/request/exchange.h"

struct flights;
struct flights *flights_create(void);
void flights_destroy(struct flights *f); /* none may be in flight */
int flights_under_way(struct flights *f);

/* A change was received: answers to the flights it concerns may be older, so their pages do not count as fresh. concerns
 * NULL: all flights; else called with the URL and the credential's hash. From any thread. */
typedef bool flight_concerned(const char *url, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                              const void *arg);
void flights_mark_stale(struct flights *f, flight_concerned *concerns, const void *arg);

/* The suspended exchange waits for an answer: joins a flight or starts one. */
void flight_join(struct exchange *ex);
/* The same without waiting: the stored page is served, and revalidated in the background. */
void flight_in_background(const struct exchange *ex);
/* Requests the credential's owner from GitHub. */
void flight_ask_who(struct exchange *ex);

/* A page that needs no revalidation: from memory, confirmed recently enough or allowed to be stale. NULL: none. */
struct outcome *flight_fresh(const struct exchange *ex, bool *in_background_out);
