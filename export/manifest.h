/* manifest: the description of an export in manifest.json: the files with their rows and SHA-256, and an id over the data
 * files that is the same for the same records on any machine and at any time. Its last line has the SHA-256 of the bytes
 * before it. */
#pragma once
#include "core/base/arena.h"
#include "export/sink.h"
#include "schema/snapshot/read.h"

#define MANIFEST_NAME      "manifest.json"
#define MANIFEST_MAX_FILES 32
#define MANIFEST_MAX_BYTES (1 << 20)

/* What the files of a demo's export say. */
#define DEMO_NOTE                                                                                            \
    "The records were made up by the simulated GitHub of a demo. They are not GitHub's: do not cite them."

struct manifest_table {
    const struct snapshot_table *table;
    int64_t rows;
};

struct manifest_file {
    const char *name; /* in the folder, without any '/' */
    struct sink_end end;
    struct manifest_table tables[MANIFEST_MAX_FILES]; /* the tables in it; none: a document about the data */
    size_t n_tables;
};

struct manifest {
    const char *program, *schema, *instant, *form; /* form: csv, jsonl, sqlite */
    bool gzip, is_demo;                            /* is_demo: the records are made up (DEMO_NOTE) */
    int64_t feed_position;
    const char *as_of; /* or NULL */
    const char *const *logins, *const *only;
    size_t n_logins, n_only;
    struct manifest_file files[MANIFEST_MAX_FILES];
    size_t n_files;
    char id[SHA256_HEX_SIZE];
};

/* Computes the id over the listed data files. */
void manifest_set_id(struct manifest *m);
MUST_CHECK bool manifest_write(const struct manifest *m, const char *folder, struct err *err);
/* Everything in the arena. ERR_BROKEN: not a manifest of gitomatic, or changed. */
MUST_CHECK bool manifest_read(const char *folder, struct arena *a, struct manifest *m, struct err *err);
/* "folder/name", in the arena. */
const char *path_in(struct arena *a, const char *folder, const char *name);
/* A new file with these bytes; on failure there is none. */
MUST_CHECK bool write_small_file(const char *path, slice bytes, struct sink_end *end_out, struct err *err);
