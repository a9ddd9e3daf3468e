/* lent_credentials: the configured credentials, lent to clients that send none (MIRROR_CREDENTIALS=pool), for reads only and
 * within the quota that all processes share. */
#pragma once
#include "github/quota.h"
#include "mirror/mirror_private.h"
#include "schema/db/db.h"

struct lent_credentials;
/* May wait for GitHub (gh_app_start). ERR_STOPPING: stop_fd became readable. */
MUST_CHECK bool lent_credentials_create(const struct config *cfg, int stop_fd, struct lent_credentials **out,
                                        struct err *err);
void lent_credentials_destroy(struct lent_credentials *p);
/* The credentials of new settings, which must stay valid: *out is NULL if they are the same. An app's are asked for at GitHub, which
 * may take a minute; an app that gets no token is refused. Then call one of the two: renew takes over cfg, and lends them from the next lent_credentials_settle() on; discard drops them. One
 * thread, any. */
struct lent_set;
MUST_CHECK bool lent_credentials_prepare(struct lent_credentials *p, const struct config *cfg,
                                         struct lent_set **out, struct err *err);
void lent_credentials_renew(struct lent_credentials *p, const struct config *cfg, struct lent_set *set);
void lent_credentials_discard(struct lent_set *set);
/* lent_credentials_prepare() fails soon, now and later. Any thread. */
void lent_credentials_stop(struct lent_credentials *p);
/* On the registering thread: takes them into use, and installations that an app was given since. db NULL: unavailable; they are registered when it is back. */
MUST_CHECK bool lent_credentials_settle(struct lent_credentials *p, struct db *db, bool *changed_out,
                                        struct err *err);
/* Registers this process as a worker with its own leases; call after each (re)connection. */
MUST_CHECK bool lent_credentials_register(struct lent_credentials *p, struct db *db, int64_t worker_id,
                                          struct err *err);
/* The credential to request this page of GitHub's bucket with: the same for the same page, as long as it can be used. */
const struct gh_credential *lent_credentials_pick(struct lent_credentials *p, const char *bucket,
                                                  const unsigned char resource[KEY_BYTES]);
/* One unit of GitHub's bucket; search and the like are not leased, and always taken. db NULL: a unit that is already leased,
 * or else none: a mirror continues while its database is unavailable. */
enum gh_take lent_credentials_take(struct lent_credentials *p, const struct gh_credential *c,
                                   const char *bucket, struct db *db, int64_t *wait_ms_out);
/* Logs, once a window, that no unit of the bucket is left for wait_ms. Any thread. */
void lent_credentials_tell_used_up(struct lent_credentials *p, const struct gh_credential *c,
                                   const char *bucket, int64_t wait_ms);
/* Every taken unit is reported once; headers NULL: no answer. asked_ms: when the request was sent (monotonic). charged: GitHub counted
 * it. */
void lent_credentials_answered(struct lent_credentials *p, const struct gh_credential *c, const char *bucket,
                               const struct gh_headers *headers, int64_t asked_ms, bool sound, bool charged);
/* GitHub's status of an answer of the bucket to that Authorization header, and whether it refuses the credential: whether it refused a token that
 * must be replaced at once (app.h). */
bool lent_credentials_renewing(const struct gh_credential *c, const char *bucket, const char *authorization,
                               int status, bool refused);
/* GitHub refused for the bucket's primary limit: nothing of it is used for for_ms; other buckets are. */
void lent_credentials_used_up(struct lent_credentials *p, const struct gh_credential *c, const char *bucket,
                              int64_t for_ms);
/* A limit may have been raised, says another process: what was used up is asked for again. */
void lent_credentials_raised(struct lent_credentials *p, struct mirror *m);
/* GitHub refuses it, or meets it with a secondary limit: not used for for_ms. */
void lent_credentials_hold(struct lent_credentials *p, const struct gh_credential *c, int64_t for_ms);
/* Its share among all processes that use these credentials: of the requests a minute (kept here), and in flight. */
MUST_CHECK bool lent_credentials_share(struct lent_credentials *p, struct db *db, int most,
                                       int *in_flight_out, struct err *err);
/* gh_token_ends_put() for those in use; on the registering thread. */
void lent_credentials_put_ends(struct lent_credentials *p, struct jw *w);
MUST_CHECK bool lent_credentials_flush(struct lent_credentials *p, struct db *db, bool give_back,
                                       struct err *err);
