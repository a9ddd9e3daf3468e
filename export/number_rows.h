/* number_rows: a table of ids, times, days and counts (edges, their history, counts by day) as CSV in the order of its key.
 * The server sends the rows unsorted in COPY's binary format; they are sorted and written here, byte for byte as COPY writes
 * them. That takes a third of the server's time for sorted rows, whatever the table's order. Constant memory. */
#pragma once
#include "export/sink.h"
#include "schema/db/db.h"
#include "schema/snapshot/tables.h"

/* Whether the table has only such columns. */
bool number_rows_fit(const struct snapshot_table *table);
/* false ends it with err. */
struct number_rows_calls {
    bool (*counted)(void *context, struct err *err);     /* after each row that the server sent */
    bool (*is_going_on)(void *context, struct err *err); /* after each piece of text that is written */
    void *context;
};

/* sql: COPY … (format binary) of the table's columns in their order. folder: for a temporary file. */
MUST_CHECK bool number_rows_write(struct db *db, const char *sql, const struct snapshot_table *table,
                                  const char *folder, struct sink *sink,
                                  const struct number_rows_calls *calls, struct err *err);
