/* list_counts: the number of records in the lists, maintained by triggers (migration 0003). The only caller of
 * list_counts.sql. */
#pragma once
#include "schema/db/db.h"

/* list: the table's name. n_deltas_out: changes not merged yet; NULL is fine. */
MUST_CHECK bool list_counts_read(struct db *db, const char *list, int64_t *count_out, int64_t *n_deltas_out,
                                 struct err *err);

/* The same as a statement for db_run_all: arg is its parameter, and must outlive the call. */
struct db_call list_counts_call(const char *list, struct db_arg *arg, struct db_rows *rows_out);
void list_counts_take(const struct db_rows *rows, int64_t *count_out, int64_t *n_deltas_out);

/* The day on which record number `skip` (from 0, newest first) was created. */
struct list_day {
    bool undated;   /* the record has no created_at */
    int64_t end_ms; /* the end of that day; unused if undated */
    int64_t before; /* number of records on later days */
};
/* *found_out false: the list is shorter. */
MUST_CHECK bool list_counts_find(struct db *db, const char *list, int64_t skip, bool *found_out,
                                 struct list_day *out, struct err *err);

/* Merges the changes into the counts. Does nothing while another process does it. */
MUST_CHECK bool list_counts_fold(struct db *db, int64_t *folded_out, struct err *err);
