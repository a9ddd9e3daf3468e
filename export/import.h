/* import: reads an export into an empty or filled database. schema/snapshot/merge.h has the rules. */
#pragma once
#include "export/manifest.h"
#include "schema/snapshot/merge.h"

struct import_request {
    const char *folder;
    bool dry_run;   /* count the changes without making them */
    bool into_demo; /* the database has a demo's records */
    load_progress *progress;
    void (*done)(const char *table, const struct load_figures *figures);
    void (*complain)(const char *text); /* about a changed file */
};

/* The files must match the manifest, else ERR_BROKEN before anything is imported. A demo's export is imported only into a demo's
 * database and into one without records, which is one of a demo from then on (schema/demo.h); else ERR_USAGE. */
MUST_CHECK bool import_run(struct db *db, const struct import_request *request, struct err *err);
