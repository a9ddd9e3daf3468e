/* users: the users of the API. The only caller of users.sql.
 * Passwords are stored as Argon2id strings (libsodium); hashing takes a few hundredths of a second and 19 MiB. */
#pragma once
#include "schema/db/db.h"

#define USERS_CHANNEL     "gitomatic_users" /* notified at every change */
#define USER_NAME_MAX     100
#define USER_PASSWORD_MAX 1024

struct api_user {
    const char *name;
    bool read_only;
    int64_t created_at_ms, changed_at_ms;
};

/* 1-100 bytes of UTF-8 without control characters and ':' (Basic authentication splits there). */
bool user_name_ok(slice name);
/* An existing user gets the new password and rights. ERR_USAGE: the name or password is invalid. */
MUST_CHECK bool users_add(struct db *db, const char *name, slice password, bool read_only, bool *inserted_out,
                          struct err *err);
MUST_CHECK bool users_remove(struct db *db, const char *name, bool *found_out, struct err *err);
/* By name; lives in the arena. */
MUST_CHECK bool users_list(struct db *db, struct arena *a, struct api_user **users_out, size_t *n_out,
                           struct err *err);

/* Whose a token or a session is. */
struct secret_owner {
    bool found;
    int64_t id; /* of the token */
    slice name; /* in the arena */
    bool read_only;
    int64_t expires_at_ms; /* 0: never */
};

#define USER_HASH_SIZE 128
/* *found_out false: no such user, and hash_out is the hash of an unknown password, so that checking it takes as long as for
 * an existing user. */
MUST_CHECK bool users_find(struct db *db, slice name, bool *found_out, char hash_out[USER_HASH_SIZE],
                           bool *read_only_out, struct err *err);
/* Pure and slow by design; hold no connection meanwhile. */
bool user_password_matches(const char *hash, slice password);
