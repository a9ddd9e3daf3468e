/* auth: authentication. Basic against the users in the database, bearer tokens against api_tokens.
 * Verified credentials are cached for five minutes (credential_cache.h), so that Argon2 does not run for each request;
 * refused ones briefly. The cache is cleared when a user or token changes anywhere (NOTIFY). Wrong passwords cannot overload
 * the machine: one hash runs at a time, few requests wait for it, and repeated failures are throttled, by name and address,
 * and by address for any names. Thread-safe. */
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
    AUTH_NONE,      /* no credentials, or of an unknown scheme */
    AUTH_MALFORMED, /* Basic, but not base64 of name:password */
    AUTH_WRONG,
    AUTH_TOO_OFTEN, /* until *retry_s_out */
    AUTH_BUSY,      /* too many are being checked */
    AUTH_ERROR,     /* err: the database */
};

struct auth_request {
    slice header;       /* Authorization; ptr NULL without */
    slice session;      /* of the cookie; used without a header; ptr NULL without */
    const char *client; /* the address */
    /* out */
    slice name; /* the user's or the token's; in the arena */
    bool read_only;
    bool bearer; /* it is a token */
    slice hash;  /* the stored one that the password was checked against; in the arena */
};
/* "Basic …", "Bearer …" or, as in the GitHub API, "token …". */
enum auth_outcome auth_check(struct auth *auth, struct auth_request *rq, struct arena *a, int *retry_s_out,
                             struct err *err);
/* Whether the credentials were valid when last checked, within a day: for answers while the database is unavailable. */
bool auth_knows(struct auth *auth, struct auth_request *rq, struct arena *a);
/* Starts a session for the user of these credentials; the token is for the cookie. AUTH_OK, or why not. Cached credentials
 * are compared with the database, since a change may have been missed. The caller holds no connection: hashing takes long,
 * and callers that each wait for a second connection would deadlock the pool. */
enum auth_outcome auth_sign_in(struct auth *auth, struct auth_request *rq, struct arena *a,
                               const char **token_out, int *retry_s_out, struct err *err);
/* Ends it, in this process at once and in others shortly after. */
MUST_CHECK bool auth_sign_out(struct auth *auth, slice session, struct db *db, struct err *err);

/* The schema is another one than before, or none: what was known counts no more, and changes are announced on another channel. */
void auth_listen_anew(struct auth *auth);

/* Hits and misses of the cache since the start. */
void auth_figures(struct auth *auth, uint64_t *hits_out, uint64_t *misses_out);

/* The parts of a header. Pure. False: another scheme (AUTH_NONE), or *malformed_out. */
struct auth_parts {
    slice name, secret; /* name.ptr NULL: a bearer token */
};
bool auth_parse(slice header, struct arena *a, struct auth_parts *out, bool *malformed_out);
