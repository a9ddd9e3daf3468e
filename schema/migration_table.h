/* migration_table: the migrations built into the program. Private to schema/. */
#pragma once
#include <stddef.h>

struct migration_entry {
    const char *version, *name, *up, *down;
};

extern const struct migration_entry migration_table[];
extern const size_t n_migrations;
