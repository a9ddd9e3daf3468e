/* token_ends: when tokens expire, as GitHub says in each answer to one that does (docs.github.com, "Token expiration and revocation").
 * Thread-safe, but for gh_token_ends_put. */
#pragma once
#include "core/json/jw.h"
#include "github/credential.h"
#include "github/headers.h"

struct gh_token_ends;
struct gh_token_ends *gh_token_ends_create(const struct gh_credentials *credentials);
void gh_token_ends_destroy(struct gh_token_ends *t);
/* headers: of an answer to the credential's token; NULL: none. */
void gh_token_ends_note(struct gh_token_ends *t, const struct gh_credential *c,
                        const struct gh_headers *headers);
/* For a heartbeat: the member "token_ends", an object of label and Unix seconds. Logs `credential.expires` for each that ends soon, once a
 * day. One thread. */
void gh_token_ends_put(struct gh_token_ends *t, struct jw *w);
