/* sessions: browser sessions of the API's pages. The only caller of sessions.sql.
 * A token of 256 random bits identifies a session; only the browser has it, in a cookie, and the database stores its
 * SHA-256. A session ends after SESSION_SECONDS, when the user signs out, and when the user is changed or removed (users.h).
 * */
#pragma once
#include "schema/access/users.h"

#define SESSION_SECONDS  (14 * 24 * 60 * 60)
#define SESSION_SIZE     44 /* of the token, with the NUL */
#define SESSION_HEX_SIZE 65

void session_make(char out[SESSION_SIZE]);
/* The stored hash. False: not the form of a session's token. */
MUST_CHECK bool session_hash(slice token, char hex_out[SESSION_HEX_SIZE]);

/* *there_out false: the user does not exist any more, or has another password hash than the checked one. */
MUST_CHECK bool sessions_add(struct db *db, slice token, slice user, slice password_hash, bool *there_out,
                             struct err *err);
MUST_CHECK bool sessions_find(struct db *db, struct arena *a, const char *hash_hex, struct secret_owner *out,
                              struct err *err);
MUST_CHECK bool sessions_remove(struct db *db, slice token, bool *was_there_out, struct err *err);
/* All of a user's. */
MUST_CHECK bool sessions_remove_of(struct db *db, const char *user, int64_t *n_out, struct err *err);
