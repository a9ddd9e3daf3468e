/* auth: who asks. Basic authentication against the users in the database.
 * A verified credential is kept in memory under a keyed hash (the key is random and dies with the process), so that
 * Argon2 runs once and not once a request; so is a refused one, for a short while. Kept ones are forgotten after five
 * minutes and whenever a user changes anywhere (NOTIFY). Wrong passwords can't eat the machine: few hashes run at a
 * time, and who fails often, by name and address, waits. Thread-safe. */
#pragma once
#include "api/gate.h"
#include "core/base/err.h"
#include "schema/db/db.h"

struct auth;

/* Starts the thread that listens for changes. Borrows the gate; url as for db_open. */
struct auth *auth_create(struct gate *gate, const char *url);
void auth_destroy(struct auth *auth); /* NULL is fine; joins the thread */

enum auth_outcome {
    AUTH_OK,
    AUTH_NONE,      /* no credentials, or not Basic */
    AUTH_MALFORMED, /* Basic, but not base64 of name:password */
    AUTH_WRONG,
    AUTH_TOO_OFTEN, /* *retry_s_out says when */
    AUTH_BUSY,      /* too many are being checked */
    AUTH_ERROR,     /* err: the database */
};

/* header: the Authorization header, ptr NULL without. client: the address. name_out lives in the arena. */
enum auth_outcome auth_check(struct auth *auth, slice header, const char *client, struct arena *a,
                             slice *name_out, bool *read_only_out, int *retry_s_out, struct err *err);
