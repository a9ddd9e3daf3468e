/* db: one connection to PostgreSQL, named prepared statements, typed parameters, binary rows; and a pool of them.
 *
 * Statements live in schema/<wing>/<table>.sql; the build turns each `-- name:` block into an `enum query` value (Q_name)
 * with its parameter types. A connection prepares lazily, under the block's name. Only schema/db includes libpq; only
 * schema/ uses this header's query functions, but each process opens its pools and connections.
 * A struct db belongs to one thread at a time. Every call blocks for at most the statement timeout plus the connect
 * timeout. Lost connections are ERR_DB_DOWN: the handle reconnects at the next use outside a transaction. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/slice.h"
#include "schema/queries.h"

struct db;
struct db_pool;

/* ---- connections ---- */
struct db_options {
    const char *url;         /* NULL or "": libpq's PG* variables */
    const char *application; /* shown in pg_stat_activity */
    int statement_timeout_ms; /* 0: 30,000; what the user sets in the URL's options or in PGOPTIONS counts more */
    int patience_ms;          /* how long to wait for an answer; 0: the timeout plus 2,000 */
    int unlimited_ms;         /* the same where the user sets the timeout to 0; 0: ten minutes */
    int connect_ms;           /* how long to wait for a connection; 0: connect_timeout, at most 60,000 */
    /* While true, every wait for an answer or a connection ends with ERR_DB_DOWN within a quarter of a second. Outlives the
     * connection. NULL: none. */
    const _Atomic bool *abandon;
    bool read_only;
    /* Plans for statements that access a page's worth of rows by key, however large or freshly filled the tables are:
     * without statistics PostgreSQL would read whole tables to join a hundred rows, and make a new plan each time. Their
     * `exists` of a row's own value has `offset 0`: without it the planner, which assumes small tables, may read all keys
     * into a hash first. */
    bool by_key;
    /* Plan each statement once, not at each run (see db_run_text_by_value), and prefer indexes to reading whole tables: for
     * statements whose one plan fits all values. */
    bool generic_plans;
};
MUST_CHECK bool db_open(const struct db_options *options, struct db **db_out, struct err *err);
void db_close(struct db *db); /* NULL is fine */
/* ERR_CONFIG if the URL leads to a pooler in transaction mode; else as db_open, which it calls twice. */
MUST_CHECK bool db_check_session(const struct db_options *options, struct err *err);
/* The folder of the unix socket that the connection string, with the environment and the service file, names first. False: it names a
 * host, none, or a folder that does not fit. */
bool db_socket_folder(const char *url, char *out, size_t size);
/* Switches the time limits of statements off, for the server (statement_timeout) and for this process; inside a transaction,
 * for the rest of it. A wait then ends only if the server does not answer on a second connection either, three times in a row,
 * each after patience_ms: with ERR_DB_DOWN. */
MUST_CHECK bool db_unbounded(struct db *db, bool unbounded, struct err *err);
/* The process stops: every wait for an answer ends after that time at the latest, with ERR_DB_DOWN. The last call
 * counts. */
void db_give_up_after(int ms);
/* Whether a thread still waits for an abandoned connection: the process must then end by _exit. */
bool db_leaves_threads(void);
/* How many connections this process has begun to make: another number, and a connection may lead to another server. */
uint64_t db_connections(void);
/* False if the connection is known to be lost (the next use reconnects). */
bool db_is_up(const struct db *db);

/* What a failure says about the database as a whole, by its SQLSTATE or code. */
enum db_trouble {
    DB_NO_TROUBLE, /* nothing */
    DB_READ_ONLY,  /* it takes no writes: a standby, or an administrator's setting */
    DB_EXHAUSTED,  /* no disk space, memory or connections are left */
    DB_RESTARTING, /* it starts, stops or recovers, or an administrator ended the connection */
    DB_REFUSES,    /* it refuses the login: a password, a name or a right is wrong */
    DB_NO_SCHEMA, /* a table, column or function is missing, or the schema was found not to be this program's */
};
enum db_trouble db_trouble_of(const struct err *err);
/* Whether the same may succeed when it is done once more: the connection was lost (ERR_DB_DOWN), which an idle one may be without anybody's
 * knowledge, and the same handle opens a new one; or other work was in the way (ERR_DB_RETRY). */
bool db_may_pass(const struct err *err);

/* ---- parameters ---- */
struct db_arg {
    enum {
        DB_ARG_NULL,
        DB_ARG_I64,
        DB_ARG_BOOL,
        DB_ARG_TEXT,
        DB_ARG_TIME,
        DB_ARG_TIME_US,
        DB_ARG_I64S,
        DB_ARG_TEXTS
    } type;
    union {
        /* also Unix ms for DB_ARG_TIME; INT64_MAX / INT64_MIN are 'infinity' / '-infinity'; Unix us for DB_ARG_TIME_US */
        int64_t i64;
        bool boolean;
        slice text;
        struct {
            const int64_t *items;
            size_t n;
        } i64s;
        struct {
            const slice *items; /* ptr NULL: null */
            size_t n;
        } texts;
    };
};
#define DB_NULL    ((struct db_arg){.type = DB_ARG_NULL})
#define DB_I64(v)  ((struct db_arg){.type = DB_ARG_I64, .i64 = (int64_t)(v)})
#define DB_BOOL(v) ((struct db_arg){.type = DB_ARG_BOOL, .boolean = (v)})
/* text and jsonb; a slice with ptr NULL is null */
#define DB_TEXT(s)     ((struct db_arg){.type = (s).ptr ? DB_ARG_TEXT : DB_ARG_NULL, .text = (s)})
#define DB_CSTR(s)     db_cstr(s)
#define DB_TIME(ms)    ((struct db_arg){.type = DB_ARG_TIME, .i64 = (ms)})
#define DB_TIME_US(us) ((struct db_arg){.type = DB_ARG_TIME_US, .i64 = (us)})
#define DB_I64S(p, c)  ((struct db_arg){.type = DB_ARG_I64S, .i64s = {(p), (c)}})
#define DB_TEXTS(p, c) ((struct db_arg){.type = DB_ARG_TEXTS, .texts = {(p), (c)}})

static inline struct db_arg db_cstr(const char *text)
{
    return text ? (struct db_arg){.type = DB_ARG_TEXT, .text = slice_of(text)} : DB_NULL;
}

/* ---- running ---- */
struct db_rows {
    void *result; /* a PGresult */
    int n;        /* rows returned */
    int64_t affected;
};
void db_rows_clear(struct db_rows *rows);
#define AUTO_ROWS CLEANUP(db_rows_clear) struct db_rows

/* Runs a named statement. The count of arguments is asserted against the block's. rows_out may be NULL.
 * Errors: ERR_DB_DOWN, ERR_DB_RETRY (serialisation, deadlock, shutdown), ERR_TIMEOUT (statement timeout), ERR_DB with
 * err->sqlstate. */
MUST_CHECK bool db_run_args(struct db *db, enum query q, const struct db_arg *args, size_t n,
                            struct db_rows *rows_out, struct err *err);
#define db_run(db, q, rows, err, ...)                                                                        \
    db_run_args(                                                                                             \
        (db), (q), (const struct db_arg[]){__VA_ARGS__ __VA_OPT__(, ) DB_NULL},                              \
        sizeof((const struct db_arg[]){__VA_ARGS__ __VA_OPT__(, ) DB_NULL}) / sizeof(struct db_arg) - 1,     \
        (rows), (err))

/* The same for a statement whose rows are not needed: it is sent together with the next statement, which saves a round trip,
 * and runs before it. Its error is returned by the next call (db_run, db_commit); later statements have then not been run.
 * Outside a transaction it runs at once. */
MUST_CHECK bool db_later_args(struct db *db, enum query q, bool one_row, const struct db_arg *args, size_t n,
                              struct err *err);
#define db_later(db, q, err, ...)                                                                            \
    db_later_args(                                                                                           \
        (db), (q), false, (const struct db_arg[]){__VA_ARGS__ __VA_OPT__(, ) DB_NULL},                       \
        sizeof((const struct db_arg[]){__VA_ARGS__ __VA_OPT__(, ) DB_NULL}) / sizeof(struct db_arg) - 1,     \
        (err))
/* As db_later, but the transaction ends with ERR_LOST if it returns no row. Statements up to the next call have then been
 * run, but not committed. */
#define db_later_one_row(db, q, err, ...)                                                                    \
    db_later_args(                                                                                           \
        (db), (q), true, (const struct db_arg[]){__VA_ARGS__ __VA_OPT__(, ) DB_NULL},                        \
        sizeof((const struct db_arg[]){__VA_ARGS__ __VA_OPT__(, ) DB_NULL}) / sizeof(struct db_arg) - 1,     \
        (err))

/* Text composed by schema/ from its own tables of clauses, never from a caller's text. Prepared under a name made from its
 * hash: at most 200 different ones per connection, further ones unprepared. The server infers the parameter types, so
 * integers need casts ($1::bigint). */
MUST_CHECK bool db_run_text(struct db *db, slice sql, const struct db_arg *args, size_t n,
                            struct db_rows *rows_out, struct err *err);
/* The same, planned for these values even if generic_plans is set: for statements whose best plan depends on them. */
MUST_CHECK bool db_run_text_by_value(struct db *db, slice sql, const struct db_arg *args, size_t n,
                                     struct db_rows *rows_out, struct err *err);
struct db_call;
/* The same, with a named statement in the same round trip; beside NULL: none. */
MUST_CHECK bool db_run_text_beside(struct db *db, slice sql, const struct db_arg *args, size_t n,
                                   struct db_rows *rows_out, const struct db_call *beside, struct err *err);
/* One of several statements that are sent together. */
struct db_call {
    slice text;   /* as of db_run_text; ptr NULL: */
    enum query q; /* a named one */
    const struct db_arg *args;
    size_t n_args;
    struct db_rows *rows_out; /* NULL: dropped */
};
#define DB_CALLS_MAX 4
/* Runs up to DB_CALLS_MAX statements in one round trip, in their order and as one transaction (inside db_begin, as part of
 * that one). All or nothing: after a failure there are no rows. At most one may have a text. */
MUST_CHECK bool db_run_all(struct db *db, const struct db_call *calls, size_t n, struct err *err);

/* Several statements in the simple protocol (migrations, session settings). Never with a caller's text. */
MUST_CHECK bool db_script(struct db *db, const char *sql, struct err *err);

/* Has the server read every statement of the program, and calls `refused` with the name and the server's words for each that it does not
 * take: a table, a column or a function that it names is gone. Changes nothing. Outside a transaction. */
MUST_CHECK bool db_try_statements(struct db *db,
                                  void (*refused)(void *context, const char *name, const char *why),
                                  void *context, struct err *err);

/* ---- COPY: text composed by schema/, not in pipeline mode; waits like the connection's other statements ---- */

/* COPY … TO STDOUT. `take` gets each row as the server sends it, with its newline, borrowed for the call. If it returns
 * false, the connection is closed, which ends the statement at the server and the transaction. */
MUST_CHECK bool db_copy_out(struct db *db, const char *sql,
                            bool (*take)(void *context, slice row, struct err *err), void *context,
                            struct err *err);
/* The same for callers that pull the rows: begin, then next until a row with ptr NULL, the end. A row is borrowed until the
 * next call. stop: before the end; closes the connection. Between the calls the server waits, and no other statement may
 * run. */
MUST_CHECK bool db_copy_out_begin(struct db *db, const char *sql, struct err *err);
MUST_CHECK bool db_copy_out_next(struct db *db, slice *row_out, struct err *err);
void db_copy_out_stop(struct db *db);
/* COPY … FROM STDIN. `give` sets *bytes_out, borrowed until its next call, ptr NULL at the end; rows may be cut anywhere. If
 * it returns false, no row is stored, and its error is returned. */
MUST_CHECK bool db_copy_in(struct db *db, const char *sql,
                           bool (*give)(void *context, slice *bytes_out, struct err *err), void *context,
                           struct err *err);

/* Sent together with the first statement. */
MUST_CHECK bool db_begin(struct db *db, struct err *err);
MUST_CHECK bool db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db); /* fine outside a transaction */

/* ---- rows: column order is the statement's; wrong types assert ---- */
bool db_is_null(const struct db_rows *rows, int row, int col);
int64_t db_i64(const struct db_rows *rows, int row, int col); /* int2, int4, int8; 0 for null */
double db_f64(const struct db_rows *rows, int row, int col);
bool db_bool(const struct db_rows *rows, int row, int col);
slice db_text(const struct db_rows *rows, int row,
              int col); /* text, jsonb as JSON; ptr NULL for null; borrowed */
int64_t db_time(const struct db_rows *rows, int row,
                int col); /* Unix ms; 0 for null; INT64_MAX/MIN for infinities */
int64_t db_time_us(const struct db_rows *rows, int row, int col); /* Unix us, of a finite time; 0 for null */
/* text[], without its nulls: the list in the arena, the texts borrowed; NULL and 0 for null or empty. */
const slice *db_texts(const struct db_rows *rows, int row, int col, struct arena *a, size_t *n_out);
/* bigint[] into the arena; NULL and 0 for null or empty. */
const int64_t *db_i64s(const struct db_rows *rows, int row, int col, struct arena *a, size_t *n_out);

/* How many items an array has; 0 for null. */
size_t db_length(const struct db_rows *rows, int row, int col);

/* ---- notifications ---- */
/* channel is a constant of this program. */
MUST_CHECK bool db_listen(struct db *db, const char *channel, struct err *err);
/* Whether this connection still hears what is announced on it: the channel is the schema's, which may have been dropped and made anew. */
MUST_CHECK bool db_still_listens(struct db *db, const char *channel, bool *still_out, struct err *err);
/* Waits until a notification arrives (true, *channel_out borrowed until the next call), the time is over or one of `fds`
 * (at most 4) becomes readable (true, NULL), or the connection is lost (false). */
MUST_CHECK bool db_wait(struct db *db, int timeout_ms, const int *fds, int n_fds, const char **channel_out,
                        const char **payload_out, struct err *err);

/* ---- pool: thread-safe ---- */
/* max_brief: the number of acquired connections that have been out for less than 20 ms. Concurrent statements share the
 * processors, and each takes as long as all of them together; with fewer at once, they finish one after the other. Longer
 * ones do not count, so that short ones need not wait for them. At most two thirds of them, rounded up, are for db_pool_read(): with more at
 * once, fewer reads would share a round trip. */
struct db_pool *db_pool_create(const struct db_options *options, int max_connections, int max_brief);
void db_pool_destroy(struct db_pool *pool); /* every connection must have been released */
/* First come, first served. ERR_DB_BUSY after deadline_ms without a free connection; ERR_DB_DOWN if none can be opened. */
MUST_CHECK bool db_pool_acquire(struct db_pool *pool, int deadline_ms, struct db **db_out, struct err *err);
/* Rolls back an open transaction. */
void db_pool_release(struct db_pool *pool, struct db *db);
/* A statement that only reads, is named, and takes a connection for no longer than it runs. */
struct db_read {
    struct db_call call; /* when it runs alone */
    /* When it runs beside others: certain to be short, whatever the arguments, with the same ones and the same rows; or call.q. */
    enum query beside;
    bool (*is_whole)(const struct db_rows *rows); /* whether `beside` could return all; NULL: always */
};
enum db_outcome {
    DB_READ_DONE,
    DB_READ_FAILED,  /* the statement's own error */
    DB_READ_REFUSED, /* no connection: as db_pool_acquire() */
    /* Run call alone. With err: the connection failed, or a statement beside it. Without: the rows are not whole. */
    DB_READ_AGAIN,
};
/* Runs it on a connection of the pool. While that has none to lend, the reads of up to eight threads wait together; the thread that gets one
 * runs them all, in one round trip and as one transaction. deadline_ms is for the wait; then a thread waits for as long as the statements
 * may take. So none are joined while a read takes longer than 20 ms, nor while the connection has yet to be opened, nor without may_join:
 * such a thread waits for its own connection. The rows are the caller's, as of db_run(). */
MUST_CHECK enum db_outcome db_pool_read(struct db_pool *pool, int deadline_ms, bool may_join,
                                        const struct db_read *read, struct err *err);
void db_pool_stats(struct db_pool *pool, int *open_out, int *busy_out, int *max_out);
