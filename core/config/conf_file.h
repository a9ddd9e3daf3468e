/* conf_file: settings from a file, lines NAME=VALUE, as systemd's EnvironmentFile has them. */
#pragma once
#include "core/base/err.h"

#define CONF_FILE_DEFAULT   "/etc/gitomatic/gitomatic.conf"
#define CONF_FILE_MAX_BYTES 65536

/* Puts the settings of the file that GITOMATIC_CONF names, else of CONF_FILE_DEFAULT, into the environment, except for
 * variables that are set there. Values may be in single or double quotes. Empty lines and those that begin with # are left out.
 * ERR_CONFIG names file and line: a line without =, a name that is no setting, a name that comes twice, a quote that does not
 * end. A default file that is missing, or that this user may not read, is left out; *unreadable_out tells the latter. A file that GITOMATIC_CONF
 * names must be there; /dev/null is an empty one. Main thread, before config_load(). */
MUST_CHECK bool conf_file_load(bool *unreadable_out, struct err *err);
