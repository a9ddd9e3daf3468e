/* list_counts: how many records the lists hold, kept by triggers (migration 0003) instead of counted. The only caller of
 * list_counts.sql. */
#pragma once
#include "schema/db/db.h"

/* list: the table's name. n_deltas_out: changes not folded in yet; NULL is fine. */
MUST_CHECK bool list_counts_read(struct db *db, const char *list, int64_t *count_out, int64_t *n_deltas_out,
                                 struct err *err);

/* The same as a statement for db_run_all: arg is its parameter, and must live as long as the call. */
struct db_call list_counts_call(const char *list, struct db_arg *arg, struct db_rows *rows_out);
void list_counts_take(const struct db_rows *rows, int64_t *count_out, int64_t *n_deltas_out);

/* The day on which record number `skip` (from 0, newest first) was created. */
struct list_day {
    bool undated;   /* it has no created_at */
    int64_t end_ms; /* the end of that day; unused when undated */
    int64_t before; /* records on later days, none of them is number `skip` */
};
/* *found_out false: the list is not that long. */
MUST_CHECK bool list_counts_find(struct db *db, const char *list, int64_t skip, bool *found_out,
                                 struct list_day *out, struct err *err);

/* Adds the changes to the counts. One at a time: while another does it, nothing happens. */
MUST_CHECK bool list_counts_fold(struct db *db, int64_t *folded_out, struct err *err);
