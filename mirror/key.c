#include "mirror/key.h"
#include <sodium.h>
#include <strings.h>

static void add_text(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

void scope_of(const struct secret *secret, const char *authorization, unsigned char out[SCOPE_BYTES])
{
    memset(out, 0, SCOPE_BYTES);
    if (authorization && *authorization)
        crypto_generichash(out, SCOPE_BYTES, (const unsigned char *)authorization, strlen(authorization),
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

static void add_fields(crypto_generichash_state *state, const struct fields *varying)
{
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

void page_key(const unsigned char resource[KEY_BYTES], const unsigned char scope[SCOPE_BYTES],
              const struct fields *varying, unsigned char out[KEY_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, KEY_BYTES);
    crypto_generichash_update(&state, resource, KEY_BYTES);
    crypto_generichash_update(&state, scope, SCOPE_BYTES);
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

void etag_foretell(const char *accept, const char *authorization, slice plain, char out[ETAG_HEX])
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

static slice opaque(slice tag)
{
    tag = slice_trim(tag);
    if (slice_starts(tag, SLICE("W/")) || slice_starts(tag, SLICE("w/")))
        tag = slice_from(tag.ptr + 2, tag.len - 2);
    return tag;
}

bool etag_is(const char *etag, const char hex[ETAG_HEX])
{
    slice tag = opaque(slice_of(etag));
    return tag.len == ETAG_HEX + 1 && memcmp(tag.ptr + 1, hex, ETAG_HEX - 1) == 0;
}

bool etag_matches(const char *if_none_match, const char *etag)
{
    slice rest = slice_of(if_none_match), one;
    if (slice_eq(slice_trim(rest), SLICE("*")))
        return true;
    if (!etag)
        return false;
    while (slice_split(&rest, ',', &one)) /* GitHub's tags hold no comma */
        if (slice_eq(opaque(one), opaque(slice_of(etag))))
            return true;
    return false;
}

/* ---- targets ---- */

static bool is_dot(const char **at)
{
    if (**at == '.') {
        (*at)++;
        return true;
    }
    if (strncasecmp(*at, "%2e", 3) == 0) {
        *at += 3;
        return true;
    }
    return false;
}

/* A segment ".." would lead out of the API's base. */
static bool climbs(const char *path)
{
    for (const char *c = path; *c && *c != '?'; c++) {
        const char *at = c + 1;
        if ((*c == '/' || *c == '\\') && is_dot(&at) && is_dot(&at) && (!*at || strchr("/?\\#", *at)))
            return true;
        if (strncasecmp(c, "%2f..", 5) == 0 || strncasecmp(c, "%5c..", 5) == 0)
            return true;
    }
    return false;
}

static bool is_path(const char *target, const char *path)
{
    size_t n = strlen(path);
    return strncmp(target, path, n) == 0 && (!target[n] || target[n] == '?');
}

bool target_path(const char *target, const char **path_out, bool *enterprise_out, bool *graphql_out)
{
    *enterprise_out = *graphql_out = false;
    *path_out = target;
    if (target[0] != '/' || climbs(target) || strlen(target) > 16000)
        return false;
    for (const char *c = target; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '#')
            return false;
    if (strncmp(target, "/api/v3", 7) == 0 && (!target[7] || target[7] == '/' || target[7] == '?')) {
        *enterprise_out = true;
        *path_out = target[7] == '/' ? target + 7 : "/";
    } else if (is_path(target, "/api/graphql")) {
        *enterprise_out = *graphql_out = true;
        *path_out = "/graphql";
    }
    *graphql_out = *graphql_out || is_path(*path_out, "/graphql");
    return true;
}

bool target_has_secret(const char *target)
{
    static const char *const names[] = {"access_token=", "client_secret=", "token="};
    const char *query = strchr(target, '?');
    for (size_t i = 0; query && i < ARRAY_LEN(names); i++) {
        const char *found = strcasestr(query, names[i]);
        if (found && (found[-1] == '?' || found[-1] == '&'))
            return true;
    }
    return false;
}
