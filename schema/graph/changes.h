/* changes: the log of changes, in an order in which no item is missed or repeated. The only caller of
 * changes.sql. The log is written by triggers (migration 0005), which also says why the order can be trusted.
 *
 * The order is that of `changes.id`, taken when a statement wrote, not when its transaction was committed. A reader may
 * go up to the horizon and no further: below it no transaction is open any more. So no new row can appear before a position
 * that was returned, and rows that were seen stay in place. An open transaction that has written here holds the horizon
 * back; the server ends it after a minute of idling, a statement of this program after its timeout. Only the primary knows
 * the horizon: these calls need a connection to it. */
#pragma once
#include "schema/browse/browse.h"

/* All rows before `id` and the first `taken` items of row `id` were read; 0, 0 is the beginning. */
struct changes_position {
    int64_t id, taken;
};

/* "c12.3", or with written_us "c12.3.1700000000000000" (changes_check): what a cursor of the feed looks like. In the arena. */
const char *changes_cursor_text(struct arena *a, struct changes_position at, int64_t written_us);

/* The highest id up to which the log is complete. In a statement (and transaction) of its own. */
MUST_CHECK bool changes_horizon(struct db *db, int64_t *horizon_out, struct err *err);
/* The same, and whether `from` is a position of this log: not beyond its end, and, if written_us is not 0, at a row written
 * at that time. After a restore from an older dump it may not be. */
MUST_CHECK bool changes_check(struct db *db, struct changes_position from, int64_t written_us,
                              int64_t *horizon_out, bool *known_out, struct err *err);
/* The position to start at for transactions that began at at_ms or later, and the time of its row (changes_row). */
MUST_CHECK bool changes_find(struct db *db, int64_t at_ms, int64_t horizon, struct changes_position *out,
                             int64_t *written_us_out, struct err *err);
/* The position before row `id`, at a row that exists: this one with none of its items, or the last one with all of them. Its time is
 * for a cursor. 0, 0 and 0 of an empty log. */
MUST_CHECK bool changes_row(struct db *db, int64_t id, int64_t horizon, struct changes_position *out,
                            int64_t *written_us_out, struct err *err);
/* Whether position `one` is behind the other in the log. */
bool changes_is_later(struct changes_position one, struct changes_position other);
/* After the last page: its reader has examined everything up to the horizon, also what no type of its request matched. Moves the
 * position there, never back. A position before rows that KEEP_CHANGES deletes would be lost with them. */
MUST_CHECK bool changes_pass(struct db *db, int64_t horizon, struct changes_position *at, int64_t *written_us,
                             struct err *err);
#define CHANGES_MAX_TYPES 16
/* Items after the position, oldest first: at most n + 1, so more than n means that more follow. n_types 0: of all types. */
MUST_CHECK bool changes_page(struct db *db, struct changes_position from, int64_t horizon, int n,
                             const slice *types, size_t n_types, struct db_rows *rows_out, struct err *err);

/* The same backwards: items before the position `before` (its own item excluded) and after `from`, newest first. */
MUST_CHECK bool changes_before(struct db *db, struct changes_position before, struct changes_position from,
                               int n, const slice *types, size_t n_types, struct db_rows *rows_out,
                               struct err *err);

struct change_record {
    struct changes_position position;
    int64_t written_us; /* the row's time, Unix us */
    bool erased;        /* of a forgotten person: counts as a position, is not shown */
    slice type;
    struct maybe at, developer, followed, repository, starred_at;
};
/* Borrows from rows. */
void change_from_row(const struct db_rows *rows, int row, struct change_record *out);

/* The types of the log, for arrays and texts; the part before the dot is the kind. END: where a line of help ends. */
#define CHANGE_TYPES(FIRST, TYPE, END)                                                                       \
    FIRST("developer.new")                                                                                   \
    TYPE("developer.synced")                                                                                 \
    TYPE("developer.changed")                                                                                \
    END TYPE("developer.gone") TYPE("developer.restored") END TYPE("repository.new")                         \
        TYPE("repository.synced") END TYPE("repository.changed") TYPE("repository.gone")                     \
            END TYPE("repository.restored") END TYPE("follow.new") TYPE("follow.closed")                     \
                END TYPE("star.new") TYPE("star.changed") TYPE("star.closed")
#define CHANGE_TYPES_FIRST(type) type
#define CHANGE_TYPES_NEXT(type)  ", " type
#define CHANGE_TYPES_TEXT        CHANGE_TYPES(CHANGE_TYPES_FIRST, CHANGE_TYPES_NEXT, )
extern const char *const change_types[];
extern const size_t n_change_types;

/* Adds complete rows to the sums by day, at most `most`; *more_out: there are more. */
MUST_CHECK bool changes_fold(struct db *db, int most, bool *more_out, struct err *err);
