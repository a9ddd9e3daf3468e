/* conf_file: settings from a file, lines NAME=VALUE, as systemd's EnvironmentFile has them. */
#pragma once
#include "core/base/err.h"

#define CONF_FILE_DEFAULT   "/etc/gitomatic/gitomatic.conf"
#define CONF_FILE_MAX_BYTES 65536

struct conf_value {
    char *name, *value;
};
struct conf_values {
    struct conf_value *items;
    size_t n;
};

/* Reads the file that GITOMATIC_CONF names, else CONF_FILE_DEFAULT. Values may be in single or double quotes. Empty lines and those
 * that begin with # are ignored. ERR_CONFIG names file and line: a line without =, a name that is not a setting, a name that is
 * given twice, a quote that does not end. A default file that is missing, or that this user may not read, is ignored; *unreadable_out
 * reports the latter. A file that GITOMATIC_CONF names must be there; /dev/null is an empty one. *out is the caller's to finish, also
 * after an error. Any thread. */
MUST_CHECK bool conf_file_read(struct conf_values *out, bool *unreadable_out, struct err *err);
/* Whether the settings of the default file do not apply because conf_file_load() may not read it. conf_file_is_read(): a later reading
 * succeeded, so from then on its settings apply, and a reading that fails again is an error. Any thread. */
bool conf_file_is_left_out(void);
void conf_file_is_read(void);
void conf_values_finish(struct conf_values *values);
/* NULL: the file does not have it. */
const char *conf_values_get(const struct conf_values *values, const char *name);

/* Reads the file and puts its settings into the environment, except for variables that are set there already. Main thread,
 * before config_load() and before other threads are started. */
MUST_CHECK bool conf_file_load(bool *unreadable_out, struct err *err);
/* Whether the environment has this variable from the file: read here or, with the same environment, by the parent process. */
bool conf_file_owns(const char *name);
/* As setenv(), for this process and its children: the file no longer counts for this variable. An empty value is that of a setting which
 * is not set. Main thread, before other threads are started. */
MUST_CHECK bool conf_file_override(const char *name, const char *value, struct err *err);
