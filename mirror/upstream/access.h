/* access: who may use the mirror (GITHUB_USERS). A credential's owner is asked of GitHub once a day and remembered in the
 * database, by scope. Thread-safe. */
#pragma once
#include "mirror/mirror_private.h"
#include "schema/db/db.h"

struct access;
struct access *access_create(const char *users); /* NULL: everybody; borrowed */
/* Others from now on; those before must live as long. */
void access_set_users(struct access *a, const char *users);
void access_destroy(struct access *a);

enum access_verdict { ACCESS_YES, ACCESS_NO, ACCESS_NO_CREDENTIAL, ACCESS_UNKNOWN };
/* path: below the API's base. login_out: of a refused one, for the answer. */
enum access_verdict access_check(struct access *a, const char *path, const char *authorization,
                                 const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                                 char login_out[64]);
void access_learn(struct access *a, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                  const char *login);
/* Installation tokens have no user behind them: "ghs_…", also as the password of Basic authentication. */
bool access_is_installation(const char *authorization);
/* Neither have GitHub Apps (a JWT, where GitHub takes one: /app, /app/…, …/installation, /marketplace_listing/…) and OAuth apps
 * (Basic with the client id of /applications/CLIENT_ID/…). GitHub checks both; anywhere else they are asked for their user. */
bool access_is_app(const char *path, const char *authorization);
/* Whether GitHub takes nothing else at that path than an app's own credential; it answers any other with 401. */
bool access_is_apps_path(const char *path);
