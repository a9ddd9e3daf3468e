/* pg_binaries: where PostgreSQL's server programs are on this machine. */
#pragma once
#include "core/base/err.h"
#include <limits.h>

#define PG_OLDEST 15

struct pg_binaries {
    char dir[PATH_MAX]; /* contains initdb and postgres */
    int version;        /* 15, 16, … */
};

/* The newest from PG_OLDEST on, or exactly `version` if that is not 0: in Debian's folders, in PATH, or according to pg_config.
 * ERR_NOT_FOUND says what to install. */
MUST_CHECK bool pg_binaries_find(int version, struct pg_binaries *out, struct err *err);
/* Those of a given folder. ERR_CONFIG: it has none. */
MUST_CHECK bool pg_binaries_at(const char *dir, struct pg_binaries *out, struct err *err);
/* Whether it also has a program, such as pg_dumpall. */
bool pg_binaries_has(const struct pg_binaries *binaries, const char *program);
