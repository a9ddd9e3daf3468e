/* One libpq connection: opening and reopening it, classification of errors, transactions, notifications. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include "core/log/log_limit.h"
#include "schema/db/db_private.h"
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- errors ---- */

#define READ_ONLY "25006"

/* SQLSTATE classes: 40 transaction rollback, 57P0x shutdown, 08 connection, 53 out of resources, 55P03 lock timeout, 25006
 * read-only: a standby before its promotion, a disk that is full. */
static enum err_code sort_sqlstate(const char *state)
{
    if (strcmp(state, "57014") == 0)
        return ERR_TIMEOUT;
    if (strncmp(state, "40", 2) == 0 || strcmp(state, "55P03") == 0 || strncmp(state, "53", 2) == 0 ||
        strcmp(state, READ_ONLY) == 0)
        return ERR_DB_RETRY;
    if (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0)
        return ERR_DB_DOWN;
    return ERR_DB;
}

bool db_may_pass(const struct err *err)
{
    return err->code == ERR_DB_DOWN || err->code == ERR_DB_RETRY;
}

/* What PostgreSQL says of a login that it refuses until a setting is changed: class 28 (no such role, a wrong password,
 * no line of pg_hba.conf), no such database, no right to connect (or to set what `options` sets), a database that takes no
 * connections, and `options` with an unknown setting or a wrong value. All others that lose a connection say nothing of the login: a
 * session of a pooler that was used (42P05), an idle transaction that was ended (25P03), a conflict on a standby (40001), a fault of
 * the system (58), of the server (XX). */
static bool is_of_login(const char *state)
{
    static const char *const states[] = {"3D000", "42501", "55000", "42704", "22023"};
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strcmp(state, states[i]) == 0)
            return true;
    return strncmp(state, "28", 2) == 0;
}

enum db_trouble db_trouble_of(const struct err *err)
{
    if (err->code == ERR_DB_DOWN && is_of_login(err->sqlstate))
        return DB_REFUSES;
    /* undefined table, column, function, object; no schema of search_path (invalid_schema_name) */
    static const char *const missing[] = {"42P01", "42703", "42883", "42704", "3F000"};
    for (size_t i = 0; i < ARRAY_LEN(missing); i++)
        if (strcmp(err->sqlstate, missing[i]) == 0)
            return DB_NO_SCHEMA;
    return err->code == ERR_SCHEMA                 ? DB_NO_SCHEMA
           : strcmp(err->sqlstate, READ_ONLY) == 0 ? DB_READ_ONLY
           : strncmp(err->sqlstate, "53", 2) == 0  ? DB_EXHAUSTED
           : err->code != ERR_DB_DOWN              ? DB_NO_TROUBLE
           : strncmp(err->sqlstate, "57P", 3) == 0 ? DB_RESTARTING
                                                   : DB_NO_TROUBLE;
}

void db_note_long(const char *doing, slice text)
{
    static struct log_limit limit = LOG_LIMIT_INIT;
    int64_t n_held;
    if (text.len > ERR_TEXT_SIZE / 2 && log_limit_passes(&limit, doing, text.ptr, clock_mono_ms(), &n_held))
        log_warn("postgresql.error", L_STR("doing", doing), L_SLICE("text", text));
}

bool db_fail(struct db *db, PGresult *res, const char *what, struct err *err)
{
    if (strncmp(what, TEXT_STATEMENT, strlen(TEXT_STATEMENT)) == 0) /* whose name is a hash */
        what = "statement";
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *message = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (db->late)
        return err_set(err, ERR_DB_DOWN, "%s: PostgreSQL gave no answer for %d ms or longer", what,
                       db->patience_ms);
    /* No SQLSTATE: the message is libpq's, not the server's. No result: libpq gave up. When a server has gone, the status may still be OK once. */
    bool lost = PQstatus(db->conn) != CONNECTION_OK || (res ? !state : db->broken);
    /* A primary that has become read-only: another one may be found, at the same address or at the next. */
    db->broken |= state && strcmp(state, READ_ONLY) == 0;
    db->broken |= lost;
    if (!message)
        message = PQerrorMessage(db->conn);
    enum err_code code = state ? sort_sqlstate(state) : lost ? ERR_DB_DOWN : ERR_DB;
    if (lost)
        code = ERR_DB_DOWN;
    slice text = slice_trim(slice_of(message));
    db_note_long(what, text);
    err_set(err, code, "%s: %.*s", what, SLICE_ARG(text));
    if (state)
        snprintf(err->sqlstate, sizeof err->sqlstate, "%s", state);
    return false;
}

/* ---- connections ---- */

void db_forget_session(struct db *db)
{
    memset(db->prepared, 0, sizeof db->prepared);
    db->n_text = 0;
    db->in_transaction = db->broken = db->late = db->can_plan_by_value = false;
    db->n_later = 0;
}

bool db_open(const struct db_options *options, struct db **db_out, struct err *err)
{
    struct db *db = xcalloc(1, sizeof *db);
    db->url = xstrdup(options->url ? options->url : "");
    db->application = xstrdup(options->application ? options->application : "gitomatic");
    db->statement_timeout_ms = options->statement_timeout_ms ? options->statement_timeout_ms : 30000;
    db->patience_is_given = options->patience_ms != 0;
    db->patience_ms =
        db->patience_is_given ? options->patience_ms : db->statement_timeout_ms + AFTER_TIMEOUT_MS;
    db->unlimited_ms = options->unlimited_ms ? options->unlimited_ms : LONGEST_MS;
    db->connect_ms = options->connect_ms;
    db->abandon = options->abandon;
    db->read_only = options->read_only;
    db->by_key = options->by_key;
    db->generic_plans = options->generic_plans;
    if (!db_connect(db, err)) {
        db_close(db);
        return false;
    }
    *db_out = db;
    return true;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    PQfreemem(db->copied);
    if (db->notify)
        PQfreemem(db->notify);
    PQfinish(db->conn);
    free(db->url);
    free(db->application);
    free(db);
}

bool db_is_up(const struct db *db)
{
    return !db->broken && PQstatus(db->conn) == CONNECTION_OK;
}

bool db_ensure_up(struct db *db, struct err *err)
{
    if (db_is_up(db))
        return true;
    if (db->in_transaction) {
        db->in_transaction = false;
        return err_set(err, ERR_DB_DOWN, "connection lost inside a transaction");
    }
    return db_connect(db, err);
}

/* ---- scripts and transactions ---- */

bool db_script(struct db *db, const char *sql, struct err *err)
{
    if (!db_ensure_up(db, err) || !db_collect_later(db, err))
        return false;
    PGresult *res = db_exec(db, sql);
    ExecStatusType status = PQresultStatus(res);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
    if (!ok)
        db_fail(db, res, "script", err);
    PQclear(res);
    return ok;
}

void db_end_with_client(struct db *db)
{
    PQclear(db_exec(db, "set client_connection_check_interval = 10000"));
}

bool db_unbounded(struct db *db, bool unbounded, struct err *err)
{
    char sql[80];
    if (unbounded && !db->in_transaction && db_ensure_up(db, err))
        db_end_with_client(db);
    snprintf(sql, sizeof sql, "set %sstatement_timeout = %d", db->in_transaction ? "local " : "",
             unbounded ? 0 : db->statement_timeout_ms);
    *(db->in_transaction ? &db->unbounded_here : &db->unbounded) = unbounded;
    return db_script(db, sql, err);
}

bool db_begin(struct db *db, struct err *err)
{
    assert(!db->n_later);
    if (!db_ensure_up(db, err) || !db_enter_pipeline(db, err))
        return false;
    if (PQsendQueryParams(db->conn, "begin", 0, NULL, NULL, NULL, NULL, 0) != 1)
        return db_fail(db, NULL, "begin", err) || db_leave_pipeline(db);
    db->in_transaction = true;
    db_note_later(db, "begin", false);
    return true;
}

/* Required rows are checked before the commit. */
static bool sure_to_commit(struct db *db, struct err *err)
{
    for (int i = 0; i < db->n_later; i++)
        if (db->later[i].one_row)
            return db_collect_later(db, err);
    return true;
}

bool db_commit(struct db *db, struct err *err)
{
    bool ok = db_is_up(db) ? sure_to_commit(db, err) && db_run_command(db, "commit", "COMMIT", err)
                           : err_set(err, ERR_DB_DOWN, "connection lost inside a transaction");
    if (ok)
        db->in_transaction = db->unbounded_here = false;
    else
        db_rollback(db);
    return ok;
}

void db_rollback(struct db *db)
{
    struct err ignored;
    if (db->in_transaction && db_is_up(db)) {
        db_collect_later(db, &ignored);
        PQclear(db_exec(db, "rollback"));
        db->broken |= PQtransactionStatus(db->conn) != PQTRANS_IDLE;
    }
    /* The server may not know of our trouble, such as a lack of memory: it would hold the locks until the next use. */
    if (!db_is_up(db)) {
        PQfinish(db->conn);
        db->conn = NULL;
        db->n_later = 0;
    }
    db->in_transaction = db->unbounded_here = false;
}

/* ---- notifications ---- */

bool db_listen(struct db *db, const char *channel, struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct db_arg args[] = {DB_CSTR(channel)};
    char sql[120];
    if (!db_run_text(db, SLICE("select gitomatic_channel($1)"), args, 1, &rows, err))
        return false;
    slice name = db_text(&rows, 0, 0);
    snprintf(sql, sizeof sql, "listen %.*s", (int)name.len, name.ptr);
    return db_script(db, sql, err);
}

bool db_still_listens(struct db *db, const char *channel, bool *still_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct db_arg args[] = {DB_CSTR(channel)};
    if (!db_run_text(db, SLICE("select gitomatic_channel($1) in (select pg_listening_channels())"), args, 1,
                     &rows, err))
        return false;
    *still_out = db_bool(&rows, 0, 0);
    return true;
}

bool db_wait(struct db *db, int timeout_ms, const int *fds, int n_fds, const char **channel_out,
             const char **payload_out, struct err *err)
{
    int64_t deadline = clock_mono_ms() + timeout_ms;
    *channel_out = *payload_out = NULL;
    if (db->notify)
        PQfreemem(db->notify);
    db->notify = NULL;
    for (;;) {
        if (!PQconsumeInput(db->conn))
            return err_set(err, ERR_DB_DOWN, "connection lost while waiting for notifications");
        if ((db->notify = PQnotifies(db->conn))) {
            *channel_out = db->notify->relname;
            db->notify->relname[strcspn(db->notify->relname, "$")] =
                '\0'; /* the setting that names the schema (0027_schemas) */
            *payload_out = db->notify->extra;
            return true;
        }
        int64_t left = deadline - clock_mono_ms();
        if (left <= 0)
            return true;
        struct pollfd all[5] = {{.fd = PQsocket(db->conn), .events = POLLIN}};
        for (int i = 0; i < n_fds && i < 4; i++)
            all[i + 1] = (struct pollfd){.fd = fds[i], .events = POLLIN};
        if (poll(all, (nfds_t)n_fds + 1, (int)left) < 0 && errno != EINTR)
            return err_errno(err, "poll");
        for (int i = 1; i <= n_fds; i++)
            if (all[i].revents)
                return true;
    }
}
