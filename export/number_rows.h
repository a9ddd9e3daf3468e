/* number_rows: a table of ids, times, days and counts (edges, their history, counts by day) as CSV in the order of its key. The rows come as the
 * server keeps them, unsorted and in COPY's binary format; they are sorted and written here, to the byte as COPY writes them. That takes
 * the server a third of the time of sorted rows, whatever order the table is in. Memory is a constant. */
#pragma once
#include "export/sink.h"
#include "schema/db/db.h"
#include "schema/snapshot/tables.h"

/* Whether the table holds nothing else. */
bool number_rows_fit(const struct snapshot_table *table);
/* sql: COPY … (format binary) of the table's columns in their order. folder: for a temporary file. counted: after each row, or NULL. */
MUST_CHECK bool number_rows_write(struct db *db, const char *sql, const struct snapshot_table *table,
                                  const char *folder, struct sink *sink, void (*counted)(void *context),
                                  void *context, struct err *err);
