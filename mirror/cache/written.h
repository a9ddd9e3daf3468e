/* written: when each credential last wrote through a mirror. Nobody can know all that a write changes, so none of its pages
 * that were proven before counts as fresh; a 304 costs no quota. Thread-safe; bounded: when the table is full the oldest entry
 * becomes everybody's. */
#pragma once
#include "pagecache/key.h"
#include <stddef.h>

/* In place of a credential's hash: everybody. */
extern const unsigned char everybody[CREDENTIAL_HASH_BYTES];

struct written;
struct written *written_create(void);
void written_destroy(struct written *w); /* NULL is fine */
/* at_ms: wall, of this machine. What is noted is later than before, so that a second write in one millisecond shows. */
void written_note(struct written *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                  int64_t at_ms);
/* 0: not known to have written. */
int64_t written_at_ms(struct written *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES]);

/* The scopes of one credential, in whatever way clients write it: Bearer and token, and as the password of Basic
 * authentication as it was sent. authorization not NULL. Returns how many. */
#define MAX_SPELLINGS 8
size_t hashes_of_credential(const struct secret *secret, const char *authorization,
                            unsigned char out[MAX_SPELLINGS][CREDENTIAL_HASH_BYTES]);
