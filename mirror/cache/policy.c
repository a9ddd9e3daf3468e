#include "mirror/cache/policy.h"
#include <string.h>

/* clang-format off */
static const struct {
    enum label stored, not_stored;
    bool serves_stored;
} table[N_UPSTREAM_RESULTS] = {
    [UPSTREAM_FRESH]      = {ONLINE_HIT,               ONLINE_MISS,       true},
    [UPSTREAM_UNCHANGED]  = {ONLINE_HIT,               ONLINE_MISS,       true},
    [UPSTREAM_ANSWERED]   = {ONLINE_MISS,              ONLINE_MISS,       false},
    [UPSTREAM_FAILED]     = {API_ERROR_HIT,            API_ERROR_MISS,    true},
    [UPSTREAM_BROKEN]     = {API_ERROR_HIT,            API_ERROR_MISS,    true},
    [UPSTREAM_LIMITED]    = {RATE_LIMITED_HIT,         RATE_LIMITED_MISS, true},
    [UPSTREAM_EXHAUSTED]  = {RATE_LIMITED_HIT,         RATE_LIMITED_MISS, true},
    [UPSTREAM_TIMEOUT]    = {API_TIMEOUT_HIT,          API_ERROR_MISS,    true},
    [UPSTREAM_CONNECTION] = {API_CONNECTION_ERROR_HIT, API_ERROR_MISS,    true},
    [UPSTREAM_OFFLINE]    = {OFFLINE_HIT,              OFFLINE_MISS,      true},
};

static const char *const names[N_LABELS] = {
    "ONLINE_HIT", "ONLINE_MISS", "OFFLINE_HIT", "OFFLINE_MISS", "API_ERROR_HIT", "API_ERROR_MISS", "RATE_LIMITED_HIT",
    "RATE_LIMITED_MISS", "API_TIMEOUT_HIT", "API_CONNECTION_ERROR_HIT",
};
/* clang-format on */

enum label label_of(enum upstream_result upstream_result, bool stored)
{
    return stored ? table[upstream_result].stored : table[upstream_result].not_stored;
}

const char *label_name(enum label label)
{
    return names[label];
}

bool upstream_result_serves_stored(enum upstream_result upstream_result)
{
    return table[upstream_result].serves_stored;
}

static bool begins(const char *path, const char *with)
{
    size_t n = strlen(with);
    return strncmp(path, with, n) == 0 && (path[n] == '\0' || path[n] == '/' || path[n] == '?');
}

const char *resource_of_path(const char *path)
{
    if (begins(path, "/search/code"))
        return "code_search";
    if (begins(path, "/search"))
        return "search";
    if (begins(path, "/graphql"))
        return "graphql";
    return "core";
}
