/* written: when each credential last wrote through a mirror. The effects of a write are not fully known, so none of its
 * pages that were confirmed before counts as fresh; a 304 costs no quota. Thread-safe; bounded: when the table is full, the
 * oldest entry applies to all credentials. */
#pragma once
#include "pagecache/key.h"
#include <stddef.h>

/* Instead of a writer's hash: all credentials. */
extern const unsigned char everybody[CREDENTIAL_HASH_BYTES];

struct written;
struct written *written_create(void);
void written_destroy(struct written *w); /* NULL is fine */
/* at_ms: wall, of this machine. The noted time is later than the last one, so that a second write in the same millisecond
 * counts. */
void written_note(struct written *w, const unsigned char writer_hash[CREDENTIAL_HASH_BYTES], int64_t at_ms);
/* 0: not known to have written. */
int64_t written_at_ms(struct written *w, const unsigned char writer_hash[CREDENTIAL_HASH_BYTES]);

/* The hash under which a credential's writes are noted: the same for Bearer, token and the password of Basic, in any case, since GitHub
 * sees one user. Two users with one password share it, so it must not say who may see what. identity as in credential_hash_of(), whose
 * result credential_hash is. */
void writer_hash_of(const struct secret *secret, const char *identity,
                    const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                    unsigned char out[CREDENTIAL_HASH_BYTES]);
