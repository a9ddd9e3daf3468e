/* db_private: the only header that includes libpq. */
#pragma once
#include "core/base/buf.h"
#include "schema/db/db.h"
#include <libpq-fe.h>

#define LOOK_EVERY_MS 250 /* how often a wait checks whether to end */
#define AFTER_TIMEOUT_MS                                                                                     \
    2000 /* the server ends a statement at its timeout; this long after that it counts as silent */

#define LONGEST_MS 600000 /* how long an answer is waited for at most, whatever the user allows a statement */

#define PG_EPOCH_US 946684800000000LL /* 2000-01-01 in Unix microseconds */

#define MAX_ARGS 160

/* Encoded parameters, as libpq takes them. */
struct wire {
    const char *values[MAX_ARGS];
    int lengths[MAX_ARGS], formats[MAX_ARGS];
    struct buf bytes; /* encoded values; offsets first, pointers when it is complete */
    size_t offsets[MAX_ARGS];
    bool in_bytes[MAX_ARGS];
};

/* types: the declared OIDs, or NULL if the server infers them. ERR_TOO_BIG beyond 128 MiB; else the caller finishes
 * w->bytes. */
MUST_CHECK bool wire_encode(struct wire *w, const char *name, const unsigned *types,
                            const struct db_arg *args, size_t n, struct err *err);

#define MAX_TEXT_STATEMENTS 200
#define MAX_LATER           16

struct db {
    PGconn *conn;
    char *url, *application;
    int statement_timeout_ms;
    int patience_ms;                      /* how long an answer may take; unbounded: see await.c */
    bool patience_is_given;               /* else it follows the timeout that the user sets */
    int unlimited_ms;                     /* patience if that is 0 */
    int connect_ms;                       /* 0: as long as the addresses take */
    const _Atomic bool *abandon;          /* NULL: none */
    bool unbounded, unbounded_here, late; /* late: the answer took too long, and the connection is broken */
    bool read_only, by_key, generic_plans, in_transaction;
    bool can_plan_by_value; /* its statements are prepared */
    int64_t replan_at_ms, replan_every_ms;
    bool broken; /* it failed, and only a new connection helps */
    bool prepared[Q_N_QUERIES];
    uint64_t text_hashes[MAX_TEXT_STATEMENTS];
    size_t n_text;
    PGnotify *notify;
    char *copied; /* the row that db_copy_out_next lent */
    /* Statements sent in libpq's pipeline mode and not answered yet; the mode is on while there are any. */
    struct {
        const char *name;
        bool one_row;
    } later[MAX_LATER];
    int n_later;
};

/* db_run_all() of up to this many. *failed_out: which one failed; n if that is not known (of a single one it may
 * not be), or none did. */
#define GROUP_MAX 8
MUST_CHECK bool db_run_calls(struct db *db, const struct db_call *calls, size_t n, size_t *failed_out,
                             struct err *err);

#define TEXT_STATEMENT "t_" /* begins the names of statements that are given as text */

/* The error of a result (NULL: of the connection), classified; notes a lost connection. Returns false. */
bool db_fail(struct db *db, PGresult *res, const char *what, struct err *err);
/* Logs what an error would cut: once a minute. */
void db_note_long(const char *doing, slice text);
MUST_CHECK bool db_connect(struct db *db, struct err *err); /* closes an old connection */
/* Whether db_connect failed because the session had another client before: a pooler handed it on as it was. */
bool db_is_used_session(const struct err *err);
bool db_refuse_session(enum err_code code, struct err *err);
void db_forget_session(struct db *db);
/* What the connection string says, with the environment and the service file; for PQconninfoFree. */
PQconninfoOption *db_string_settings(const char *url);
/* NULL: not set. In the array. */
const char *db_string_value(const PQconninfoOption *all, const char *keyword);
/* Whether libpq's own message about a connection that failed may be shown. If not (it may quote the password), false, and an
 * error that says what is wrong with the string. */
bool db_string_error(const char *url, const char *what, struct err *err);
/* What a server says that refuses a connection. */
#define SQLSTATE_SIZE (sizeof((struct err *)0)->sqlstate)
struct db_refusal {
    char *text;                   /* in the server's language; the caller frees it; NULL: none was noted */
    char sqlstate[SQLSTATE_SIZE]; /* "": not known, as when there was no server */
};
/* Of a connection that failed. To learn the SQLSTATE it is tried once more, at most, which may succeed. */
void db_refusal(PGconn *conn, struct db_refusal *out);
/* The last SQLSTATE in libpq's message of that verbosity, or 53300 if that is one of them. */
bool db_sqlstate_of(slice text, char sqlstate[SQLSTATE_SIZE]);
/* While this thread makes a connection, what libpq writes to stderr becomes lines of the log. */
void db_take_lines(bool connecting);
void db_take_notices(PGconn *conn);
/* Time left until until_ms (mono), or until all waits must end. */
int64_t db_time_left(const struct db *db, int64_t until_ms);
/* As PQgetResult, PQexec, PQprepare and PQexecPrepared, each waiting for at most patience_ms. NULL also after that time:
 * db->late is then set. */
PGresult *db_next_result(struct db *db);
PGresult *db_exec(struct db *db, const char *sql);
PGresult *db_prepare(struct db *db, const char *name, const char *sql, int n, const Oid *types);
PGresult *db_exec_prepared(struct db *db, const char *name, int n, const struct wire *w);
/* Waits until the server sends more, or has received everything. False: too late (db->late), or the connection is lost. */
bool db_await_input(struct db *db);
bool db_await_sent(struct db *db);
/* Reconnects outside a transaction. */
MUST_CHECK bool db_ensure_up(struct db *db, struct err *err);
MUST_CHECK bool db_enter_pipeline(struct db *db, struct err *err);
/* With nothing sent and unanswered, else the connection is broken. Returns false. */
bool db_leave_pipeline(struct db *db);
/* Notes that `name`, which is static, was sent in pipeline mode. */
void db_note_later(struct db *db, const char *name, bool one_row);
/* Waits for the answers to what was sent. */
bool db_collect_later(struct db *db, struct err *err);
/* The server ends statements without a limit soon after this process has given them up: else they would keep their session and
 * their place in the queue for a lock. Outside a transaction. Servers on Windows cannot, and refuse it. */
void db_end_with_client(struct db *db);
/* A command without parameters that must end with this tag, after the pending ones. */
MUST_CHECK bool db_run_command(struct db *db, const char *sql, const char *tag, struct err *err);
