#include "mirror/serve/webhook.h"
#include "mirror/flight/names.h"
#include <sodium.h>

bool webhook_is_signed(const char *secret, slice body, const char *signature)
{
    crypto_auth_hmacsha256_state state;
    unsigned char ours[crypto_auth_hmacsha256_BYTES], theirs[crypto_auth_hmacsha256_BYTES];
    slice text = slice_of(signature), prefix = SLICE("sha256=");
    size_t len = 0;
    if (!slice_starts(text, prefix) ||
        sodium_hex2bin(theirs, sizeof theirs, text.ptr + prefix.len, text.len - prefix.len, NULL, &len,
                       NULL) != 0 ||
        len != sizeof theirs)
        return false;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.ptr, body.len);
    crypto_auth_hmacsha256_final(&state, ours);
    return sodium_memcmp(ours, theirs, sizeof ours) == 0;
}

bool webhook_globs(slice body, const char *upstream, struct globs *out)
{
    json_error_t ignored;
    json_auto_t *root = json_loadb(body.ptr, body.len, 0, &ignored);
    bool ok = json_is_object(root);
    if (ok) {
        globs_of_former_names(out, upstream, root);
        globs_of_json(out, upstream, root);
        globs_add(out, "%s/user", upstream);
        globs_add(out, "%s/user?*", upstream);
        globs_add(out, "%s/user/repos*", upstream);
        globs_add(out, "%s/user/starred*", upstream);
    }
    if (json_object_get(root, "organization"))
        globs_of_memberships(out, upstream);
    return ok;
}
