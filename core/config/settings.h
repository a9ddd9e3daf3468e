/* settings: the table of all settings, and what they are called as variables and flags. Pure. Private to core/config/. */
#pragma once
#include "core/config/config.h"
#include <stddef.h>

enum setting_type {
    TEXT,
    SECRET,
    SECRET_LIST,
    SECRET_TEXT,
    SECRET_LINES,
    NUMBER,
    CHOICE,
    LISTEN,
    LISTEN_OR_SOCKET,
    HTTP_URL,
    PG_URL
};

struct setting {
    const char *name; /* of the environment variable; the flag is the same in lower case with dashes */
    enum setting_type type;
    size_t offset;
    const char *fallback; /* NULL: none */
    int64_t min, max;
    const char *choices; /* "auto|graphql|rest": the value is the index */
    const char *help;
};

#define SETTINGS_MAX      128
#define SETTING_NAME_SIZE 64

extern const struct setting settings[];
extern const size_t settings_count; /* at most SETTINGS_MAX */

/* Has a twin NAME_FILE, and is never shown. A database's URL may hold a password. */
bool setting_is_secret(const struct setting *s);
/* Counts at the start only: SIGHUP does not take it over. */
bool setting_needs_restart(const struct setting *s);
/* "GITHUB_TOKEN_FILE" of GITHUB_TOKEN; returns out. */
const char *setting_twin(const struct setting *s, char out[SETTING_NAME_SIZE]);
/* The setting of "--flag" or "--flag=value", or NULL; *value_out is NULL when the value is the next argument; *file_out: the value
 * is the path of a file that holds it. */
const struct setting *setting_of_flag(const char *arg, const char **value_out, bool *file_out);
