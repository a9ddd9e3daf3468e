/* original: the database of a git-o-matic into ours: records, edges, and its ids, under which the API leads to the records. */
#pragma once
#include "schema/graph/load.h"

struct original_request {
    const char *url; /* of PostgreSQL; read only */
    bool dry_run;    /* count what would change, and change nothing */
    load_progress *progress;
    void (*done)(const char *what, const struct load_figures *figures);
    void (*resumed)(const char *what); /* a part that is complete, or half of it, since an earlier run */
};

/* Goes on where an interrupted run of the same database stopped. Repeating it is harmless. */
MUST_CHECK bool original_import(struct db *db, const struct original_request *request, struct err *err);
