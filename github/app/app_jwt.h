/* app_jwt: a GitHub App's proof of identity: a JSON Web Token (RFC 7519), signed RS256 by the app's private key.
 * docs.github.com, "Generating a JSON Web Token for a GitHub App": `iat` 60 s back, `exp` at most 10 minutes ahead, `iss` the
 * app's id or client id. */
#pragma once
#include "core/base/err.h"
#include <stdint.h>

struct gh_app_key; /* immutable after gh_app_key_load: any thread */

/* pem: PKCS#1, as GitHub gives it, or PKCS#8. ERR_CONFIG if it is not an RSA key of at least 2,048 bits. */
MUST_CHECK bool gh_app_key_load(const char *pem, struct gh_app_key **out, struct err *err);
void gh_app_key_free(struct gh_app_key *key); /* NULL is fine */
/* now_s: Unix seconds by GitHub's clock. The caller frees it with free(); NULL: it could not be signed. */
char *gh_app_jwt(const struct gh_app_key *key, const char *app_id, int64_t now_s);
