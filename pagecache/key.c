#include "pagecache/key.h"
#include "http/etag.h"
#include <sodium.h>
#include <strings.h>

static void add_text(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

void credential_hash_of(const struct secret *secret, const char *identity,
                        unsigned char out[CREDENTIAL_HASH_BYTES])
{
    memset(out, 0, CREDENTIAL_HASH_BYTES);
    if (identity && *identity)
        crypto_generichash(out, CREDENTIAL_HASH_BYTES, (const unsigned char *)identity, strlen(identity),
                           secret->bytes, sizeof secret->bytes);
}

void resource_key(const char *url, bool indented, unsigned char out[KEY_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, KEY_BYTES);
    add_text(&state, indented ? "indented" : "");
    add_text(&state, url);
    crypto_generichash_final(&state, out, KEY_BYTES);
}

/* By name; fields of one name keep their order. */
static void sort_fields(struct fields *f)
{
    for (size_t i = 1; i < f->n; i++) {
        struct field one = f->items[i];
        size_t at = i;
        for (; at > 0 && strcasecmp(f->items[at - 1].name, one.name) > 0; at--)
            f->items[at] = f->items[at - 1];
        f->items[at] = one;
    }
}

static void add_fields(crypto_generichash_state *state, const struct fields *given)
{
    struct fields sorted = *given, *varying = &sorted;
    sort_fields(varying);
    for (size_t i = 0; i < varying->n; i++) {
        char name[64];
        size_t n = 0;
        for (const char *c = varying->items[i].name; *c && n + 1 < sizeof name; c++)
            name[n++] = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
        name[n] = '\0';
        add_text(state, name);
        add_text(state, varying->items[i].value);
    }
}

void page_key(const unsigned char resource[KEY_BYTES],
              const unsigned char credential_hash[CREDENTIAL_HASH_BYTES], const struct fields *varying,
              unsigned char out[KEY_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, KEY_BYTES);
    crypto_generichash_update(&state, resource, KEY_BYTES);
    crypto_generichash_update(&state, credential_hash, CREDENTIAL_HASH_BYTES);
    add_fields(&state, varying);
    crypto_generichash_final(&state, out, KEY_BYTES);
}

void text_key(slice text, const struct fields *varying, unsigned char out[KEY_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, KEY_BYTES);
    crypto_generichash_update(&state, (const unsigned char *)text.ptr, text.len);
    add_fields(&state, varying);
    crypto_generichash_final(&state, out, KEY_BYTES);
}

void key_hex(const unsigned char key[KEY_BYTES], char out[KEY_BYTES * 2 + 1])
{
    sodium_bin2hex(out, KEY_BYTES * 2 + 1, key, KEY_BYTES);
}

bool key_from_hex(const char *hex, unsigned char out[KEY_BYTES])
{
    size_t len;
    return sodium_hex2bin(out, KEY_BYTES, hex, strlen(hex), NULL, &len, NULL) == 0 && len == KEY_BYTES;
}

bool agent_wants_indent(const char *user_agent)
{
    static const char *const eyes[] = {"curl", "Wget", "Safari", "Firefox"};
    for (size_t i = 0; user_agent && i < ARRAY_LEN(eyes); i++)
        if (strcasestr(user_agent, eyes[i]))
            return true;
    return false;
}

bool field_varies(const char *name)
{
    return strcasecmp(name, "Accept") == 0 || strncasecmp(name, "X-GitHub-", 9) == 0;
}

/* ---- ETags ---- */

void etag_predict(const char *accept, const char *authorization, slice plain, char out[ETAG_HEX])
{
    crypto_hash_sha256_state state;
    unsigned char digest[crypto_hash_sha256_BYTES];
    const char *const parts[] = {accept, authorization};
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!parts[i])
            continue;
        crypto_hash_sha256_update(&state, (const unsigned char *)parts[i], strlen(parts[i]));
        crypto_hash_sha256_update(&state, (const unsigned char *)":", 1);
    }
    crypto_hash_sha256_update(&state, (const unsigned char *)plain.ptr, plain.len);
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(out, ETAG_HEX, digest, sizeof digest);
}

bool etag_is(const char *etag, const char hex[ETAG_HEX])
{
    slice tag = etag_opaque(slice_of(etag));
    return tag.len == ETAG_HEX + 1 && memcmp(tag.ptr + 1, hex, ETAG_HEX - 1) == 0;
}

/* ---- bodies ---- */

static bool says_private(slice plain)
{
    return memmem(plain.ptr, plain.len, "\"private\":true", 14) ||
           memmem(plain.ptr, plain.len, "\"private\": true", 15) ||
           memmem(plain.ptr, plain.len, "\"visibility\":\"private\"", 22) ||
           memmem(plain.ptr, plain.len, "\"visibility\": \"private\"", 23);
}

bool body_is_derivable(const char *accept, const char *authorization, const char *etag, slice plain)
{
    char expected[ETAG_HEX];
    etag_predict(accept, authorization, plain, expected);
    return etag && etag_is(etag, expected) && !says_private(plain);
}
