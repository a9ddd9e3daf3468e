/* csv_rows: rows of COPY's text format as CSV, byte for byte as PostgreSQL's own `format csv` writes them. Text costs the server
 * half as much as CSV, and this process converts it meanwhile. */
#pragma once
#include "core/base/buf.h"
#include "schema/snapshot/tables.h"

/* The first line: the names of the columns. */
void csv_rows_head(struct buf *out, const struct snapshot_table *table);
/* Appends a row. */
void csv_rows_put(struct buf *out, slice row);
