#include "mirror/target.h"
#include <string.h>
#include <strings.h>

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
