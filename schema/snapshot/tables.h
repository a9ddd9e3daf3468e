/* snapshot tables: the tables and columns of exports and imports. The single source of names, order, types and meanings:
 * files, their descriptions and the statements are made from it. A change here is a new SNAPSHOT_FORMAT. */
#pragma once
#include "core/base/slice.h"

#define SNAPSHOT_FORMAT 1

enum snapshot_type {
    SNAPSHOT_NUMBER,
    SNAPSHOT_TEXT,
    SNAPSHOT_BOOLEAN,
    SNAPSHOT_TIME, /* timestamptz */
    SNAPSHOT_DAY,  /* date */
    SNAPSHOT_JSON, /* jsonb */
    SNAPSHOT_TEXTS /* text[]; a JSON array in files */
};

struct snapshot_column {
    const char *name; /* NULL ends a list */
    enum snapshot_type type;
    bool required; /* never null */
    const char *meaning;
    const char
        *as_of; /* its value at (select at from snapshot_at), of row t; NULL: has no history, so null */
};

struct snapshot_reference {
    const char *column, *table; /* a github_id of that table; column NULL ends a list */
};

struct snapshot_table {
    const char *name, *meaning;
    const struct snapshot_column *columns;
    int n_key; /* the primary key: the first columns, which are also the order of rows */
    struct snapshot_reference references[3];
    const char *of_chosen;  /* condition for rows that belong to the chosen developers (snapshot_chosen) */
    const char *not_erased; /* condition for rows of no one in snapshot_erased */
    const char *as_of_rows; /* the table as of a time: a table expression without an alias */
};

extern const struct snapshot_table snapshot_tables[];
extern const size_t n_snapshot_tables;

const struct snapshot_table *snapshot_table_named(slice name); /* or NULL */
size_t snapshot_n_columns(const struct snapshot_table *table);
/* Logins and names of repositories as login_plausible() and full_name_plausible() accept them (core/model/names.h). */
#define SNAPSHOT_LOGIN_PATTERN "'^[][A-Za-z0-9_.-]{1,100}$'"
#define SNAPSHOT_NAME_PATTERN  "'^[][A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$'"
/* The type in SQL. */
const char *snapshot_type_sql(enum snapshot_type type);
