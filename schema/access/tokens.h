/* tokens: bearer tokens of the API. The only caller of tokens.sql.
 * "gmat_", 43 characters of 256 random bits, and 6 of a checksum (CRC-32 of those, base 62), so that secret scanners
 * recognise a token and a mistyped one is refused without a query. */
#pragma once
#include "schema/access/users.h"

#define TOKEN_PREFIX   "gmat_"
#define TOKEN_SIZE     55 /* with the NUL */
#define TOKEN_HEX_SIZE 65
#define TOKEN_NAME_MAX 100

struct api_token {
    const char *name, *user; /* user NULL: it belongs to no user */
    bool read_only;
    int64_t created_at_ms, expires_at_ms, last_used_at_ms; /* 0: never */
};

void token_make(char out[TOKEN_SIZE]);
/* The stored hash: its SHA-256 in hexadecimal. False: not a valid token (length, characters, checksum). */
MUST_CHECK bool token_hash(slice token, char hex_out[TOKEN_HEX_SIZE]);

enum token_added { TOKEN_ADDED, TOKEN_NAME_TAKEN, TOKEN_NO_SUCH_USER };
/* user NULL: none; expires_at_ms 0: never. ERR_USAGE: the name is invalid. */
MUST_CHECK bool tokens_add(struct db *db, const char *name, const char *token, const char *user,
                           bool read_only, int64_t expires_at_ms, enum token_added *out, struct err *err);
MUST_CHECK bool tokens_remove(struct db *db, const char *name, bool *found_out, struct err *err);
/* By name; lives in the arena. */
MUST_CHECK bool tokens_list(struct db *db, struct arena *a, struct api_token **tokens_out, size_t *n_out,
                            struct err *err);

MUST_CHECK bool tokens_find(struct db *db, struct arena *a, const char *hash_hex, struct secret_owner *out,
                            struct err *err);
/* Stores the time of its use. */
MUST_CHECK bool tokens_used(struct db *db, int64_t id, struct err *err);
