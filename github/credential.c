#include "github/credential.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "github/app/app.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* items has room for it. */
static void put(struct gh_credentials *c, size_t at, const char *kind, const char *label,
                const char *identity)
{
    struct gh_credential *one = &c->items[at];
    *one = (struct gh_credential){.kind = kind, .position = (int)at, .in_use = true};
    snprintf(one->label, sizeof one->label, "%s", label);
    one->seed = (uint32_t)hash64(0, slice_of(label));
    if (identity)
        one->identity = xstrdup(identity);
}

static void add(struct gh_credentials *c, const char *kind, const char *label, const char *identity)
{
    if (gh_credentials_find(c, label))
        return;
    c->items = xrealloc(c->items, (c->n + 1) * sizeof *c->items);
    put(c, c->n, kind, label, identity);
    c->n++;
}

/* A hash of the token: distinguishes tokens without revealing them. The key is no secret: it separates this use from others. */
static void add_token(struct gh_credentials *c, slice token)
{
    static const unsigned char key[crypto_generichash_KEYBYTES] = "gitomatic credential label";
    unsigned char digest[crypto_generichash_BYTES];
    char label[GH_LABEL_MAX], header[600];
    crypto_generichash(digest, sizeof digest, (const unsigned char *)token.ptr, token.len, key, sizeof key);
    snprintf(label, sizeof label, "token-%02x%02x%02x%02x%02x%02x", digest[0], digest[1], digest[2],
             digest[3], digest[4], digest[5]);
    snprintf(header, sizeof header, "Bearer %.*s", SLICE_ARG(token));
    log_hide(header);
    add(c, "token", label, header);
}

static bool add_tokens(struct gh_credentials *c, const char *list, struct err *err)
{
    slice rest = slice_of(list), token;
    while (slice_split(&rest, ',', &token)) {
        token = slice_trim(token);
        if (token.len > 500)
            return err_set(err, ERR_CONFIG, "GITHUB_TOKENS: a token of %zu characters, expected at most 500",
                           token.len);
        if (token.len)
            add_token(c, token);
    }
    return true;
}

static bool add_basic(struct gh_credentials *c, const char *user, const char *api_key, struct err *err)
{
    char label[GH_LABEL_MAX], pair[512],
        encoded[sodium_base64_ENCODED_LEN(512, sodium_base64_VARIANT_ORIGINAL)];
    char header[sizeof encoded + 8];
    int n = snprintf(pair, sizeof pair, "%s:%s", user, api_key);
    if (n < 0 || (size_t)n >= sizeof pair)
        return err_set(err, ERR_CONFIG,
                       "GITHUB_API_USER and GITHUB_API_KEY: expected at most 510 characters together");
    sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)pair, (size_t)n,
                      sodium_base64_VARIANT_ORIGINAL);
    snprintf(header, sizeof header, "Basic %s", encoded);
    snprintf(label, sizeof label, "user-%.50s", user);
    log_hide(encoded);
    log_hide(header);
    add(c, "basic", label, header);
    return true;
}

/* Appends those that the app has and the set has not. */
static size_t put_installations(struct gh_credentials *c)
{
    char label[GH_LABEL_MAX], identity[GH_LABEL_MAX + 16];
    size_t n = gh_app_n_installations(c->app), from = c->n - c->n_fixed;
    for (size_t i = from; i < n; i++) {
        size_t at = c->n_fixed + i;
        snprintf(label, sizeof label, "app-%.40s-%lld", gh_app_id(c->app),
                 (long long)gh_app_installation_id(c->app, i));
        snprintf(identity, sizeof identity, "installation %s", label);
        free(c->items[at].identity); /* of a call that failed */
        put(c, at, "installation", label, identity);
        c->items[at].app = c->app;
        c->items[at].installation = i;
    }
    return c->n_fixed + n;
}

static bool add_installations(struct gh_credentials *c, const struct config *cfg,
                              const struct gh_abandon *abandon, struct err *err)
{
    if (!gh_app_start(cfg, abandon, &c->app, err))
        return false;
    c->n_fixed = c->n;
    c->app_changes = gh_app_n_changes(c->app);
    c->most = c->n + gh_app_most(c->app);
    c->items = xrealloc(c->items, c->most * sizeof *c->items);
    memset(&c->items[c->n], 0, (c->most - c->n) * sizeof *c->items);
    c->n = put_installations(c);
    return true;
}

bool gh_credentials_renew(struct gh_credentials *c, gh_credentials_tell *tell, void *ctx, struct err *err)
{
    uint64_t changes = c->app ? gh_app_n_changes(c->app) : 0;
    if (changes == c->app_changes)
        return true;
    size_t n = put_installations(c);
    for (size_t i = 0; i < n; i++) {
        struct gh_credential *one = &c->items[i];
        bool in_use = !gh_credential_has_ended(one);
        if (i < c->n && in_use == one->in_use)
            continue;
        if (!tell(ctx, one, in_use, err))
            return false;
        one->in_use = in_use;
    }
    c->n = n;
    c->app_changes = changes;
    return true;
}

bool gh_credential_has_ended(const struct gh_credential *c)
{
    return c->app && gh_app_has_ended(c->app, c->installation);
}

bool gh_credentials_load(const struct config *cfg, const struct gh_abandon *abandon,
                         struct gh_credentials *out, struct err *err)
{
    *out = (struct gh_credentials){0};
    if (sodium_init() < 0)
        return err_set(err, ERR_SYSTEM, "libsodium can't start");
    bool ok = (!cfg->github_token || add_tokens(out, cfg->github_token, err)) &&
              (!cfg->github_tokens || add_tokens(out, cfg->github_tokens, err)) &&
              (!cfg->github_api_user || add_basic(out, cfg->github_api_user, cfg->github_api_key, err)) &&
              (!cfg->github_app_id || add_installations(out, cfg, abandon, err));
    if (ok && out->n == 0)
        add(out, "anonymous", "anonymous", NULL);
    if (out->most < out->n)
        out->most = out->n;
    if (!ok)
        gh_credentials_finish(out);
    return ok;
}

void gh_credentials_finish(struct gh_credentials *c)
{
    for (size_t i = 0; i < (c->app ? c->most : c->n); i++) /* beyond n: of a failed gh_credentials_renew() */
        free(c->items[i].identity);
    free(c->items);
    gh_app_stop(c->app);
    *c = (struct gh_credentials){0};
}

const struct gh_credential *gh_credentials_find(const struct gh_credentials *c, const char *label)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->items[i].label, label) == 0)
            return &c->items[i];
    return NULL;
}

bool gh_credential_authorize(const struct gh_credential *c, struct arena *a, struct gh_authorization *out)
{
    char header[GH_APP_TOKEN_SIZE];
    *out = (struct gh_authorization){c->identity, INT64_MAX};
    if (!c->app)
        return true;
    if (!gh_app_authorization(c->app, c->installation, header, &out->usable_until_ms))
        return false;
    out->header = arena_strdup(a, header);
    return true;
}
