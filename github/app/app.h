/* app: a GitHub App's installations and their tokens. A thread of its own requests each token and renews it long before it
 * expires, so that no caller waits for one, and no request is sent with an expired one. Unless the settings name them, it looks every
 * ten minutes for installations that were added or ended.
 * docs.github.com, "Authenticating as a GitHub App installation": a token lives for an hour.
 *
 * Threads: gh_app_start and gh_app_stop from one, the rest from any. */
#pragma once
#include "core/base/err.h"
#include "core/config/config.h"
#include "github/resource.h"

#define GH_APP_TOKEN_SIZE        1200 /* "Bearer " and the token */
#define GH_APP_MAX_INSTALLATIONS 512  /* in the life of a process, with those that ended */

struct gh_app;
/* cfg has GITHUB_APP_ID; borrowed. Without GITHUB_APP_INSTALLATIONS they are read from GitHub: a failure that may pass (no answer, a
 * 5xx, a limit) is logged and tried again, four times in all; the start fails with what GitHub answered if that was in vain, if
 * GitHub asks to wait for more than a minute, or after ten minutes. Then it waits a few seconds for the first tokens; if none come,
 * it keeps trying. abandon: the start ends with ERR_STOPPING; NULL: never. */
MUST_CHECK bool gh_app_start(const struct config *cfg, const struct gh_abandon *abandon, struct gh_app **out,
                             struct err *err);
/* No token is requested from now on; those that are there can be used until they expire. Does not wait. */
void gh_app_retire(struct gh_app *app);
void gh_app_stop(struct gh_app *app); /* NULL is fine */

/* Reads the list of installations again, now. Nothing happens if the settings name them. */
void gh_app_look(struct gh_app *app);
/* Changes whenever an installation is added, ends, or is back. */
uint64_t gh_app_n_changes(const struct gh_app *app);
/* Installations keep their index; those that ended are counted as well. At most gh_app_most(). */
const char *gh_app_id(const struct gh_app *app); /* of the settings */
size_t gh_app_n_installations(const struct gh_app *app);
size_t gh_app_most(const struct gh_app *app);
int64_t gh_app_installation_id(const struct gh_app *app, size_t i);
/* GitHub does not list it any more and gives no token: the app was uninstalled, or suspended. It may come back. */
bool gh_app_has_ended(const struct gh_app *app, size_t i);
/* The Authorization header's value, and until when (clock_mono_ms) a request with it may be sent. False: there is none at
 * present. */
bool gh_app_authorization(struct gh_app *app, size_t i, char out[GH_APP_TOKEN_SIZE],
                          int64_t *usable_until_ms_out);
/* GitHub answered 401 to that token. True: a new one is requested, and the request can be repeated with it; false: new ones
 * were refused, too. Tokens that are refused one after another are replaced ever more rarely. */
bool gh_app_refused(struct gh_app *app, size_t i, enum gh_resource resource, const char *authorization);
/* Whether a new token may help after a 401 of the resource to that one: not if it refused the one before it as well. */
bool gh_app_replaceable(struct gh_app *app, size_t i, enum gh_resource resource, const char *authorization);
/* GitHub accepted a token of the installation. One resource may accept what another refuses. */
void gh_app_accepted(struct gh_app *app, size_t i, enum gh_resource resource);
