#include "mirror/request/target.h"
#include "core/base/token.h"
#include "github/url.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PAGE_SIZE         30
#define MAX_PAGE_SIZE     100
#define MAX_NOTIFICATIONS 50

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

/* The next character, escaped or not; moves *at past it. */
static char take_character(const char **at)
{
    const char *c = *at;
    bool escaped = c[0] == '%' && hex_value(c[1]) >= 0 && hex_value(c[2]) >= 0;
    *at += escaped ? 3 : 1;
    return escaped ? (char)(hex_value(c[1]) * 16 + hex_value(c[2])) : *c;
}

/* Whether `at` begins with that name and "=", in any case, escaped or not. Returns what follows, or NULL. */
static const char *value_of(const char *at, const char *name)
{
    for (; *name; name++)
        if (!*at || tolower((unsigned char)take_character(&at)) != *name)
            return NULL;
    return *at == '=' ? at + 1 : NULL;
}

/* Rack took both for ends. */
static const char *next_parameter(const char *at)
{
    return strpbrk(at + 1, "&;");
}

bool target_has_secret(const char *target)
{
    static const char *const secrets[] = {"access_token", "client_secret", "token"};
    for (const char *at = strchr(target, '?'); at; at = next_parameter(at))
        for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
            if (value_of(at + 1, secrets[i]))
                return true;
    return false;
}

/* 0: no number above 0. */
static int64_t number_of(const char *value)
{
    int64_t n = 0;
    for (char c; *value && isdigit((unsigned char)(c = take_character(&value))) && n <= MAX_PAGE_SIZE;)
        n = n * 10 + c - '0';
    return n;
}

int64_t target_page_size(const char *path)
{
    bool notifications = is_path(path, "/notifications");
    int64_t most = notifications ? MAX_NOTIFICATIONS : MAX_PAGE_SIZE;
    int64_t usual = notifications ? MAX_NOTIFICATIONS : PAGE_SIZE, size = INT64_MAX;
    for (const char *at = strchr(path, '?'); at; at = next_parameter(at)) {
        const char *value = value_of(at + 1, "per_page");
        int64_t n = !value ? INT64_MAX : number_of(value);
        n = n ? n : usual;
        if (n < size)
            size = n;
    }
    return size == INT64_MAX ? usual : size < most ? size : most;
}
