/* import: what export wrote, into a database that may be empty or not. See schema/snapshot/merge.h for what wins. */
#pragma once
#include "export/manifest.h"
#include "schema/snapshot/merge.h"

struct import_request {
    const char *folder;
    bool dry_run; /* count what would change, and change nothing */
    load_progress *progress;
    void (*done)(const char *table, const struct load_figures *figures);
    void (*complain)(const char *text); /* a file that is not as it was written */
};

/* The files must be those of the manifest, else ERR_BROKEN before anything is read. */
MUST_CHECK bool import_run(struct db *db, const struct import_request *request, struct err *err);
