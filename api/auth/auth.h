/* auth: who asks. Basic authentication against the users in the database, bearer tokens against api_tokens.
 * What was checked is kept for five minutes (credential_cache.h), so that Argon2 runs once and not once a request; what was refused,
 * for a short while. All of it is forgotten whenever a user or token changes anywhere (NOTIFY). Wrong passwords can't eat
 * the machine: one hash runs at a time and few wait for it, and who fails often waits: by name and address, and by address
 * whatever the names. Thread-safe. */
#pragma once
#include "core/base/err.h"
#include "schema/db/db.h"
#include "schema/db/db_gate.h"

struct auth;

/* Starts the thread that listens for changes. Borrows the gate; url as for db_open. */
struct auth *auth_create(struct db_gate *gate, const char *url);
void auth_destroy(struct auth *auth); /* NULL is fine; joins the thread */

enum auth_outcome {
    AUTH_OK,
    AUTH_NONE,      /* no credentials, or of a scheme we don't know */
    AUTH_MALFORMED, /* Basic, but not base64 of name:password */
    AUTH_WRONG,
    AUTH_TOO_OFTEN, /* *retry_s_out says when */
    AUTH_BUSY,      /* too many are being checked */
    AUTH_ERROR,     /* err: the database */
};

struct auth_request {
    slice header;       /* Authorization; ptr NULL without */
    slice session;      /* of the cookie; counts where there is no header; ptr NULL without */
    const char *client; /* the address */
    /* out */
    slice name; /* the user's or the token's; in the arena */
    bool read_only;
    bool bearer; /* it is a token */
    slice hash;  /* the stored one that the password was checked against; in the arena */
};
/* "Basic …", "Bearer …" or, as the GitHub API has it, "token …". */
enum auth_outcome auth_check(struct auth *auth, struct auth_request *rq, struct arena *a, int *retry_s_out,
                             struct err *err);
/* Whether it was good when it was last checked, within a day: for what may be told while the database can't be asked. */
bool auth_knows(struct auth *auth, struct auth_request *rq, struct arena *a);
/* Begins a session for the user of these credentials; the token is for the cookie. AUTH_OK, or why not. What is kept is held
 * against the database, since it may be of before a change that was not heard of. The caller holds no connection: hashing takes long, and a pool of callers that each wait for a second one would stand still. */
enum auth_outcome auth_sign_in(struct auth *auth, struct auth_request *rq, struct arena *a,
                               const char **token_out, int *retry_s_out, struct err *err);
/* Ends it, here at once and elsewhere in a moment. */
MUST_CHECK bool auth_sign_out(struct auth *auth, slice session, struct db *db, struct err *err);

/* How often what was kept answered, and how often not, since the start. */
void auth_figures(struct auth *auth, uint64_t *hits_out, uint64_t *misses_out);

/* The parts of a header. Pure. False: another scheme (AUTH_NONE), or *malformed_out. */
struct auth_parts {
    slice name, secret; /* name.ptr NULL: a bearer token */
};
bool auth_parse(slice header, struct arena *a, struct auth_parts *out, bool *malformed_out);
