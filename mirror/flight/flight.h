/* flight: one question on its way to GitHub, and everybody who waits for its answer. Equal requests of the same moment and
 * the same credential are one flight.
 *
 * A flight's way: look up → decide → ask → sort → save → conclude. No two of these run at the same time for a flight; each
 * may be on another thread (the server's, the store's, the passthrough's), so that none waits for what another is for. */
#pragma once
#include "mirror/request/exchange.h"

struct flights;
struct flights *flights_create(void);
void flights_destroy(struct flights *f); /* none may be under way */
int flights_under_way(struct flights *f);

/* A change came: what GitHub answers to the flights it concerns may be from before it, so that their pages do not count as fresh.
 * concerns NULL: all of them; else it is asked with the address and the credential's hash. From any thread. */
typedef bool flight_concerned(const char *url, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                              const void *arg);
void flights_mark_stale(struct flights *f, flight_concerned *concerns, const void *arg);

/* The exchange, suspended, waits for an answer: joins a flight or begins one. */
void flight_join(struct exchange *ex);
/* The same without anybody waiting: the page is served as it is, and proven behind it. */
void flight_in_background(const struct exchange *ex);
/* Asks GitHub whose credential it is. */
void flight_ask_who(struct exchange *ex);

/* A page that needs no question: from memory, proven recently enough or allowed to be stale. NULL: none. */
struct outcome *flight_fresh(const struct exchange *ex, bool *in_background_out);
