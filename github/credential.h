/* credential: the credentials for GitHub, created once from the configuration; afterwards only installations of a GitHub App are added,
 * at the end, and none moves or goes. A
 * credential has a label that does not reveal it: "anonymous", "token-<hash>", "user-<login>", "app-<id>-<installation>".
 * ETags and quota belong to labels. docs.github.com, "Authenticating to the REST API". */
#pragma once
#include "core/base/arena.h"
#include "core/config/config.h"
#include "github/resource.h"

#define GH_LABEL_MAX 80

struct gh_app;

struct gh_credential {
    char label[GH_LABEL_MAX];
    const char *kind; /* "anonymous", "token", "basic", "installation" */
    /* Identifies its pages: the Authorization header's value, or, since an installation's token changes every hour,
     * "installation <label>"; NULL: anonymous. Never sent. */
    char *identity;
    int position;       /* order of the configuration, from 0 */
    uint32_t seed;      /* of the label: the same in every process */
    struct gh_app *app; /* of an installation */
    size_t installation;
    bool in_use; /* as gh_credentials_renew() set it last; at first true */
};

struct gh_credentials {
    struct gh_credential *items;
    _Atomic size_t n; /* at least 1: without a credential, the anonymous one */
    size_t n_fixed;   /* before the app's installations */
    size_t most;      /* that there may be one day; the size of whatever is kept for each */
    struct gh_app *app;
    uint64_t app_changes; /* of gh_app_n_changes(), those that were taken in */
};

/* GITHUB_TOKEN first, then GITHUB_TOKENS, then GITHUB_API_USER and _KEY, then the installations of GITHUB_APP_ID; repeated ones
 * once. With an app it sends requests to GitHub and starts a thread (app.h): not before a fork. cfg is borrowed. abandon: as in
 * gh_app_start(). */
MUST_CHECK bool gh_credentials_load(const struct config *cfg, const struct gh_abandon *abandon,
                                    struct gh_credentials *out, struct err *err);
void gh_credentials_finish(struct gh_credentials *c);
/* After the app's installations have changed: `tell` is called for each new one and each that ended or is back, with whether it is in
 * use, and new ones can be used once it has succeeded for all. Without a change, nothing happens. On one thread, while others use the set. False: tell failed; to be
 * called again. */
typedef bool gh_credentials_tell(void *ctx, const struct gh_credential *c, bool in_use, struct err *err);
MUST_CHECK bool gh_credentials_renew(struct gh_credentials *c, gh_credentials_tell *tell, void *ctx,
                                     struct err *err);
/* An installation that GitHub does not list any more: it has no token. It may come back. */
bool gh_credential_has_ended(const struct gh_credential *c);
/* NULL: no credential has that label (any more). */
const struct gh_credential *gh_credentials_find(const struct gh_credentials *c, const char *label);

static inline bool gh_credential_is_anonymous(const struct gh_credential *c)
{
    return c->identity == NULL;
}

/* The authorization of a request with this credential. */
struct gh_authorization {
    const char *header;      /* the Authorization header's value; NULL: anonymous */
    int64_t usable_until_ms; /* clock_mono_ms; a request must not be sent later; INT64_MAX: unlimited */
};
/* In the arena. False: an installation without a token at the moment. */
MUST_CHECK bool gh_credential_authorize(const struct gh_credential *c, struct arena *a,
                                        struct gh_authorization *out);
