/* export: a snapshot of the database as a folder of files that can be cited, compared and read back. See docs/data.md. */
#pragma once
#include "export/manifest.h"

enum export_form { EXPORT_CSV, EXPORT_JSONL, EXPORT_SQLITE, N_EXPORT_FORMS };
extern const char *const export_form_names[N_EXPORT_FORMS];

struct export_request {
    const char *folder; /* new, or empty */
    enum export_form form;
    bool gzip;    /* not of SQLite */
    bool is_demo; /* the documents and the manifest say that the records are made up */
    struct snapshot_request snapshot;
    const char *const *only; /* names of tables; n_only 0: all */
    size_t n_only;
    void (*progress)(const char *table, int64_t rows,
                     bool is_over); /* every 100,000 rows and at the end; or NULL */
    bool (*stopped)(void);          /* true: ends with ERR_STOPPING; or NULL */
    /* As of a time before anything was known: when the first record was. Or NULL. */
    void (*nothing_before)(const char *first);
};

/* Needs memory for one row and some buffers. The manifest is written last: a folder without one is not an export. Without
 * success no file is left, and no folder that was made. id_out: of the data. */
MUST_CHECK bool export_run(struct db *db, const struct export_request *request, char id_out[SHA256_HEX_SIZE],
                           struct err *err);

/* Compares every file with the manifest; reports each difference with `complain`, one line each. ERR_BROKEN: there are
 * differences. */
MUST_CHECK bool export_verify(const char *folder, struct arena *a, struct manifest *m,
                              void (*complain)(const char *text), struct err *err);
