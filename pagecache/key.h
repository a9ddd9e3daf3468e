/* key: cache keys of GitHub's answers, and their computed ETags; shared by the mirror and the crawler. Pure, except for the
 * secret. Hashes are BLAKE2b; a credential is only used as a keyed hash, so that no token can be found in the cache. */
#pragma once
#include "http/fields.h"

#define KEY_BYTES             32
#define CREDENTIAL_HASH_BYTES 16

struct secret {
    unsigned char bytes[KEY_BYTES];
};

/* Of an Authorization header's value, or its substitute (gh_credential's identity); all zeros without one. */
void credential_hash_of(const struct secret *secret, const char *identity,
                        unsigned char out[CREDENTIAL_HASH_BYTES]);
/* The resource: the absolute URL, and whether the answer is indented (agent_wants_indent). */
void resource_key(const char *url, bool indented, unsigned char out[KEY_BYTES]);
/* The answer: resource, credential, and the request's fields that GitHub's answer depends on, in any order. */
void page_key(const unsigned char resource[KEY_BYTES],
              const unsigned char credential_hash[CREDENTIAL_HASH_BYTES], const struct fields *varying,
              unsigned char out[KEY_BYTES]);
/* GraphQL: the canonical request instead of the resource. */
void text_key(slice text, const struct fields *varying, unsigned char out[KEY_BYTES]);
void key_hex(const unsigned char key[KEY_BYTES], char out[KEY_BYTES * 2 + 1]);
bool key_from_hex(const char *hex, unsigned char out[KEY_BYTES]);

/* GitHub indents JSON for agents that look like curl, wget or a browser (github-conditional-http-transport, 2025). */
bool agent_wants_indent(const char *user_agent);

/* The field of a request that GitHub's answer may depend on: Accept, and all X-GitHub-*. */
bool field_varies(const char *name);

/* GitHub's ETag: SHA-256, in hex, of the values of Accept and Authorization (each left out when absent) and the body,
 * joined by colons. Undocumented, checked on recordings of 2020 and 2025: used as a condition only, never in an answer. */
#define ETAG_HEX 65
void etag_predict(const char *accept, const char *authorization, slice plain, char out[ETAG_HEX]);
/* Whether an ETag ("…" or W/"…") is that hash. */
bool etag_is(const char *etag, const char hex[ETAG_HEX]);

/* Whether a page's ETag follows the rule above (etag NULL: none; never for a body that is marked private). */
bool body_is_derivable(const char *accept, const char *authorization, const char *etag, slice plain);
