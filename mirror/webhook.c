#include "mirror/webhook.h"
#include <jansson.h>
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

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && *text && !strpbrk(text, "*?#") ? text : NULL;
}

/* An account's own page and lists, whichever of the two names it is asked by. */
static void add_account(struct globs *globs, const char *upstream, const json_t *account)
{
    const char *login = text_at(account, "login");
    json_t *id = json_object_get(account, "id");
    if (login) {
        globs_add(globs, "%s/users/%s", upstream, login);
        globs_add(globs, "%s/users/%s/*", upstream, login);
        globs_add(globs, "%s/orgs/%s", upstream, login);
        globs_add(globs, "%s/orgs/%s/*", upstream, login);
    }
    if (json_is_integer(id)) {
        globs_add(globs, "%s/user/%lld", upstream, (long long)json_integer_value(id));
        globs_add(globs, "%s/user/%lld/*", upstream, (long long)json_integer_value(id));
    }
}

static void add_repository(struct globs *globs, const char *upstream, const json_t *repository)
{
    const char *name = text_at(repository, "full_name");
    json_t *id = json_object_get(repository, "id");
    if (name) {
        globs_add(globs, "%s/repos/%s", upstream, name);
        globs_add(globs, "%s/repos/%s?*", upstream, name);
        globs_add(globs, "%s/repos/%s/*", upstream, name);
    }
    if (json_is_integer(id)) {
        globs_add(globs, "%s/repositories/%lld", upstream, (long long)json_integer_value(id));
        globs_add(globs, "%s/repositories/%lld/*", upstream, (long long)json_integer_value(id));
    }
}

bool webhook_globs(slice body, const char *upstream, struct globs *out)
{
    static const char *const accounts[] = {"organization", "sender", "user", "member"};
    json_error_t ignored;
    json_t *root = json_loadb(body.ptr, body.len, 0, &ignored);
    bool ok = json_is_object(root);
    add_repository(out, upstream, json_object_get(root, "repository"));
    add_account(out, upstream, json_object_get(json_object_get(root, "repository"), "owner"));
    for (size_t i = 0; i < ARRAY_LEN(accounts); i++)
        add_account(out, upstream, json_object_get(root, accounts[i]));
    globs_add(out, "%s/user", upstream);
    globs_add(out, "%s/user/repos*", upstream);
    globs_add(out, "%s/user/starred*", upstream);
    json_decref(root);
    return ok;
}
