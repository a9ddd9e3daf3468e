/* sqlite_file: tables of an export in one SQLite database, with primary keys, foreign keys and an index for each reference,
 * for Datasette. The same rows and library give the same bytes. Lists and data_source are JSON texts, booleans 0 and 1,
 * times ISO 8601. */
#pragma once
#include "core/base/err.h"
#include "schema/snapshot/tables.h"

struct sqlite_file;

/* The file must not exist yet. On failure there is none. */
MUST_CHECK bool sqlite_file_open(const char *path, struct sqlite_file **out, struct err *err);
/* has_table: whether the file will have a table, for foreign keys. */
MUST_CHECK bool sqlite_file_begin_table(struct sqlite_file *f, const struct snapshot_table *table,
                                        bool (*has_table)(void *context, const char *name), void *context,
                                        struct err *err);
/* A row in COPY's text format, with its newline. */
MUST_CHECK bool sqlite_file_put(struct sqlite_file *f, slice row, struct err *err);
MUST_CHECK bool sqlite_file_end_table(struct sqlite_file *f, struct err *err);
/* Frees it in any case; NULL is fine. */
MUST_CHECK bool sqlite_file_close(struct sqlite_file *f, struct err *err);

/* Reading one table of such a file, as rows in COPY's text format. */
struct sqlite_rows;
MUST_CHECK bool sqlite_rows_open(const char *path, const struct snapshot_table *table,
                                 struct sqlite_rows **out, struct err *err);
/* For db_copy_in: many rows per call. */
bool sqlite_rows_give(void *rows, slice *bytes_out, struct err *err);
void sqlite_rows_close(struct sqlite_rows *rows);
