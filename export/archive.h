/* archive: hints from GH Archive's hourly files (https://www.gharchive.org): one event per line, JSON, gzip.
 *
 * Imported: ids and names of the developers and repositories in events, as stubs, and the time of their last activity, which
 * moves developers forward in the frontier. Not imported: stars and follows, since events do not show removals, and most
 * events are missing. For each hour the range of event ids and the share seen are stored. Lines are bounded and checked one
 * by one: an invalid one is reported and the others are imported. Constant memory. */
#pragma once
#include "schema/graph/load.h"

struct archive_figures {
    const char *path;
    bool known; /* a file of the same bytes was read before; nothing else is set */
    int64_t hour_ms, lines, bad_lines, events, first_id, last_id;
    double share;                                 /* of the ids between first and last */
    struct load_figures developers, repositories; /* developers.changed: moved forward in the frontier */
};

struct archive_request {
    const char *const *paths;
    size_t n_paths;
    bool dry_run;
    load_progress *progress;
    void (*done)(const struct archive_figures *figures);
    void (*complain)(const char *text); /* about a line, or a file */
};

/* A file that cannot be read is reported, the others are imported, and the result is ERR_BROKEN. A file is imported
 * completely or not at all; after an interruption run it again with the same files. */
MUST_CHECK bool archive_import(struct db *db, const struct archive_request *request, struct err *err);
