/* changes: the log of what changed, in an order in which nothing is missed or told twice. The only caller of
 * changes.sql. The log is written by triggers (migration 0005), which also says why the order can be trusted.
 *
 * The order is that of `changes.id`, taken when a statement wrote, not when its transaction was committed. A reader may
 * go up to the horizon and no further: below it no transaction is open any more. So what was not seen cannot appear
 * behind a position that was given out, and what was seen stays where it is. Who holds the horizon back is whoever has
 * written here and not committed; the server ends such a transaction after a minute of idling, a statement of ours after
 * its timeout. Only the primary knows the horizon: these calls need a connection to it. */
#pragma once
#include "schema/browse/browse.h"

/* Items of row `id` up to number `taken` and all rows before were taken; 0, 0 is the beginning. */
struct changes_position {
    int64_t id, taken;
};

/* The highest id up to which the log is complete. In a statement (and transaction) of its own. */
MUST_CHECK bool changes_horizon(struct db *db, int64_t *horizon_out, struct err *err);
/* The same, and whether `from` is a position of this log: not beyond its end, and, where written_us is not 0, at a row that was
 * written then. After the database was restored from an older dump it may be neither. */
MUST_CHECK bool changes_check(struct db *db, struct changes_position from, int64_t written_us,
                              int64_t *horizon_out, bool *known_out, struct err *err);
/* Where to begin for what transactions wrote that began at at_ms or later. */
MUST_CHECK bool changes_find(struct db *db, int64_t at_ms, int64_t horizon, struct changes_position *out,
                             struct err *err);
#define CHANGES_MAX_TYPES 16
/* Items behind the position, oldest first: at most n + 1, so that more than n means there is more. n_types 0: of all types. */
MUST_CHECK bool changes_page(struct db *db, struct changes_position from, int64_t horizon, int n,
                             const slice *types, size_t n_types, struct db_rows *rows_out, struct err *err);

struct change_record {
    struct changes_position position;
    int64_t written_us; /* the row's time, Unix us */
    bool erased;        /* somebody who was forgotten: counts as a place, is not shown */
    slice type;
    struct maybe at, developer, followed, repository, starred_at;
};
/* Borrows from rows. */
void change_from_row(const struct db_rows *rows, int row, struct change_record *out);

/* What the log tells of; the part before the dot is the kind. */
extern const char *const change_types[];
extern const size_t n_change_types;

/* Moves what is complete into the sums by day, at most so many rows; *more_out: there is more to do. */
MUST_CHECK bool changes_fold(struct db *db, int most, bool *more_out, struct err *err);
