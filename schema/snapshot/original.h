/* original: reads the database of a git-o-matic (Django, PostgreSQL) in the form of a snapshot's tables.
 *
 * Tables: github_developer, github_repository and four that join them. Known of such databases: one GitHub id in several rows (the
 * row updated last counts), GitHub ids as texts, edges that never ended. Columns that an older version does not have are
 * null, and so are values that cannot be read, whatever the column's type is; rows without a valid id or name are skipped. All reads are
 * of one READ ONLY, REPEATABLE READ transaction. */
#pragma once
#include "schema/db/db.h"
#include "schema/snapshot/tables.h"

enum original_part {
    ORIGINAL_DEVELOPERS,
    ORIGINAL_REPOSITORIES,
    ORIGINAL_DEVELOPER_IDS, /* (uuid, github_id), of former_ids */
    ORIGINAL_REPOSITORY_IDS,
    ORIGINAL_FOLLOWERS,
    ORIGINAL_FOLLOWING,
    ORIGINAL_STARRED,
    ORIGINAL_STARGAZERS,
    N_ORIGINAL_PARTS
};

struct original_about {
    const char *name;           /* of the part, as shown */
    const char *table;          /* of the original */
    const char *snapshot_table; /* the table of its rows; NULL: ids */
    int n_key;                  /* its order: the first columns */
};
extern const struct original_about originals[N_ORIGINAL_PARTS];

/* Opens the transaction, which the caller ends with db_rollback. *source_out, in the arena: the same for the same database.
 * ERR_USAGE: it is not a database of git-o-matic. If the database has no encoding (SQL_ASCII), texts come as the bytes they are. */
MUST_CHECK bool original_begin(struct db *source, struct arena *a, const char **source_out, struct err *err);
/* The COPY statement of a part, in COPY's text format, in the order of its key, starting after `after` (the key's texts,
 * separated by a tab; NULL: from the beginning). In the arena. */
MUST_CHECK bool original_copy(struct db *source, enum original_part part, const char *after, struct arena *a,
                              const char **sql_out, struct err *err);
/* The number of rows, and of unusable rows: without a valid id or name, or with a missing end. */
MUST_CHECK bool original_count(struct db *source, enum original_part part, struct arena *a, int64_t *rows_out,
                               int64_t *unusable_out, struct err *err);
