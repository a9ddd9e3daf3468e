/* archive: hints from GH Archive's hourly files (https://www.gharchive.org): one event a line, JSON, gzip.
 *
 * Taken: ids and names of whom and what events are about, as stubs, and when each was last active, which moves developers forward
 * in the frontier. Never taken: stars and follows, since an event does not tell what was taken back, and most events are missing. Of
 * each hour the range of event ids and the share seen are kept.
 * Lines are bounded and judged one by one: a bad one is named and the rest goes on. Memory is a constant. */
#pragma once
#include "schema/graph/load.h"

struct archive_figures {
    const char *path;
    bool known; /* the same content was read before; nothing else is set */
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
    void (*complain)(const char *text); /* a line, or a file */
};

/* A file that cannot be read is named, the others are read all the same, and the end is ERR_BROKEN. A file is in the database as a
 * whole or not at all; after an interruption run it again with the same files. */
MUST_CHECK bool archive_import(struct db *db, const struct archive_request *request, struct err *err);
