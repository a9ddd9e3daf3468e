#include "mirror/request/target.h"
#include "core/base/token.h"
#include "github/url.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_path(const char *target, const char *path)
{
    size_t n = strlen(path);
    return strncmp(target, path, n) == 0 && (!target[n] || target[n] == '?');
}

bool target_path(const char *target, const char **path_out, bool *enterprise_out, bool *graphql_out)
{
    *enterprise_out = *graphql_out = false;
    *path_out = target;
    if (target[0] != '/' || strlen(target) > 16000 ||
        gh_url_has_dots(slice_from(target, strcspn(target, "?"))))
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

/* Whether `at` begins with that name and "=", in any case, escaped or not. */
static bool names(const char *at, const char *name)
{
    for (; *name; name++, at++) {
        char c = *at;
        if (c == '%' && hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0) {
            c = (char)(hex_value(at[1]) * 16 + hex_value(at[2]));
            at += 2;
        }
        if (tolower((unsigned char)c) != *name)
            return false;
    }
    return *at == '=';
}

bool target_has_secret(const char *target)
{
    static const char *const secrets[] = {"access_token", "client_secret", "token"};
    for (const char *at = strchr(target, '?'); at; at = strpbrk(at + 1, "&;")) /* Rack took both for ends */
        for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
            if (names(at + 1, secrets[i]))
                return true;
    return false;
}
