#include "github/app/app_jwt.h"
#include "core/base/memory.h"
#include <rhonabwy.h>
#include <stdlib.h>
#include <string.h>

#define MIN_BITS 2048
#define BACK_S   60
#define AHEAD_S  530 /* with BACK_S below GitHub's 10 minutes */

struct gh_app_key {
    jwk_t *jwk;
};

static bool is_usable(jwk_t *jwk)
{
    unsigned int bits = 0;
    int type = r_jwk_key_type(jwk, &bits, R_FLAG_IGNORE_REMOTE);
    return (type & R_KEY_TYPE_RSA) && (type & R_KEY_TYPE_PRIVATE) && bits >= MIN_BITS;
}

bool gh_app_key_load(const char *pem, struct gh_app_key **out, struct err *err)
{
    struct gh_app_key *key = xcalloc(1, sizeof *key);
    bool ok = r_global_init() == RHN_OK && r_jwk_init(&key->jwk) == RHN_OK &&
              r_jwk_import_from_pem_der(key->jwk, R_X509_TYPE_PRIVKEY, R_FORMAT_PEM,
                                        (const unsigned char *)pem, strlen(pem)) == RHN_OK &&
              is_usable(key->jwk);
    if (!ok) {
        gh_app_key_free(key);
        return err_set(
            err, ERR_CONFIG,
            "GITHUB_APP_PRIVATE_KEY: expected an RSA private key of at least %d bits in PEM, without "
            "a passphrase, as the app's settings page at GitHub gives it",
            MIN_BITS);
    }
    *out = key;
    return true;
}

void gh_app_key_free(struct gh_app_key *key)
{
    if (!key)
        return;
    r_jwk_free(key->jwk);
    free(key);
}

char *gh_app_jwt(const struct gh_app_key *key, const char *app_id, int64_t now_s)
{
    jwt_t *jwt = NULL;
    char *text = NULL, *copy = NULL;
    if (r_jwt_init(&jwt) == RHN_OK && r_jwt_set_sign_alg(jwt, R_JWA_ALG_RS256) == RHN_OK &&
        r_jwt_set_claim_int_value(jwt, "iat", (rhn_int_t)(now_s - BACK_S)) == RHN_OK &&
        r_jwt_set_claim_int_value(jwt, "exp", (rhn_int_t)(now_s + AHEAD_S)) == RHN_OK &&
        r_jwt_set_claim_str_value(jwt, "iss", app_id) == RHN_OK)
        text = r_jwt_serialize_signed(jwt, key->jwk, R_FLAG_IGNORE_REMOTE);
    copy = text ? xstrdup(text) : NULL;
    r_free(text);
    r_jwt_free(jwt);
    return copy;
}
