/* original: imports the database of a git-o-matic: records, edges, and its ids, from which the API redirects to the records. */
#pragma once
#include "schema/graph/load.h"

struct original_request {
    const char *url; /* of PostgreSQL; read only */
    bool dry_run;    /* count the changes without making them */
    load_progress *progress;
    void (*done)(const char *what, const struct load_figures *figures);
    void (*resumed)(const char *what); /* a part that an earlier run completed, or began */
};

/* Continues an interrupted run of the same database. Repeating it is harmless. */
MUST_CHECK bool original_import(struct db *db, const struct original_request *request, struct err *err);
