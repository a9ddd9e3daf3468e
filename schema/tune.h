/* tune: indexes that lists can do without and that a large database may want (docs/decisions/indexes.md). They are built and
 * dropped while everything else keeps reading and writing. The only caller of tune.sql. */
#pragma once
#include "schema/db/db.h"

/* An index that can be built; the names are those of the database. */
struct tune_index {
    const char *name, *table, *serves; /* serves: the field that it makes fast to filter and to order by */
    const char *key;                   /* the columns and the condition of CREATE INDEX */
};
#define TUNE_MAX_INDEXES 32
const struct tune_index *tune_indexes(size_t *n_out);

enum tune_state {
    TUNE_ABSENT,
    TUNE_BUILT,
    TUNE_BUILDING,   /* by another process */
    TUNE_UNFINISHED, /* what an interruption left; no query uses it, and every write keeps it */
};
struct tune_found {
    enum tune_state state;
    int64_t bytes;
};
/* found_out: an element for each index, in their order. */
MUST_CHECK bool tune_read(struct db *db, struct tune_found *found_out, struct err *err);

/* Only one process at a time builds and drops: ERR_DB_RETRY if another one does. Until the end of the connection.
 * *pid_out: of the server's process, for tune_interrupt. */
MUST_CHECK bool tune_begin(struct db *db, int64_t *pid_out, struct err *err);
/* Takes as long as reading the table and sorting does, and waits for transactions that had begun to write to it. Replaces an
 * unfinished one; when it fails, what it began is dropped. */
MUST_CHECK bool tune_build(struct db *db, size_t number, struct err *err);
/* Of one that is absent: nothing. */
MUST_CHECK bool tune_drop(struct db *db, size_t number, struct err *err);
/* Ends the session of an abandoned connection (pid) from another one, and drops what its build began. Waits for the one for ten
 * seconds and for the other for thirty at most. */
MUST_CHECK bool tune_interrupt(struct db *db, int64_t pid, size_t number, struct err *err);
