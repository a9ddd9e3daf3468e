/* access: who may use the mirror (GITHUB_USERS). A credential's owner is requested from GitHub once a day and stored in the
 * database, by the credential's hash. Thread-safe. */
#pragma once
#include "mirror/mirror_private.h"
#include "schema/db/db.h"

struct access;
struct access *access_create(const char *users); /* NULL: everyone; borrowed */
/* Replaces the users; earlier ones must stay valid. */
void access_set_users(struct access *a, const char *users);
void access_destroy(struct access *a);

enum access_verdict { ACCESS_YES, ACCESS_NO, ACCESS_NO_CREDENTIAL, ACCESS_UNKNOWN };
/* path: below the API's base. login_out: of a refused one, for the answer. */
enum access_verdict access_check(struct access *a, const char *path, const char *authorization,
                                 const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                                 char login_out[64]);
void access_learn(struct access *a, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                  const char *login);
/* Installation tokens have no user: "ghs_…", also as the password of Basic authentication. */
bool access_is_installation(const char *authorization);
/* Neither have GitHub Apps (a JWT, where GitHub takes one: /app, /app/…, …/installation, /marketplace_listing/…) and OAuth apps
 * (Basic with the client id of /applications/CLIENT_ID/…). GitHub checks both; at other paths their user is requested. */
bool access_is_app(const char *path, const char *authorization);
/* Whether GitHub accepts only an app's own credential at that path; it answers others with 401. */
bool access_is_apps_path(const char *path);
