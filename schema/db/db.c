/* One libpq connection: prepared statements, binary parameters and rows, errors sorted into ours. */
#include "core/base/clock.h"
#include "schema/db/db_private.h"
#include "schema/db/query_table.h"
#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_TEXT_STATEMENTS 200
#define MAX_ARGS            160

struct db {
    PGconn *conn;
    char *url, *application;
    int statement_timeout_ms;
    bool read_only, by_key, generic_plans, in_transaction;
    bool by_value; /* what plan_cache_mode says now, where generic_plans is set */
    int64_t replan_at_ms, replan_every_ms;
    bool broken; /* it failed in a way that only a new connection mends */
    bool prepared[Q_N_QUERIES];
    uint64_t text_hashes[MAX_TEXT_STATEMENTS];
    size_t n_text;
    PGnotify *notify;
};

/* ---- errors ---- */

/* SQLSTATE classes: 40 transaction rollback, 57P0x shutdown, 08 connection, 53 out of resources, 55P03 lock timeout. */
static enum err_code sort_sqlstate(const char *state)
{
    if (strcmp(state, "57014") == 0)
        return ERR_TIMEOUT;
    if (strncmp(state, "40", 2) == 0 || strcmp(state, "55P03") == 0 || strncmp(state, "53", 2) == 0)
        return ERR_DB_RETRY;
    if (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0)
        return ERR_DB_DOWN;
    return ERR_DB;
}

static bool fail(struct db *db, PGresult *res, const char *what, struct err *err)
{
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *message = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    /* No SQLSTATE: not the server's word but libpq's. After a server went away its status may still read OK once. */
    bool lost = PQstatus(db->conn) != CONNECTION_OK || (res && !state);
    db->broken |= lost;
    if (!message)
        message = PQerrorMessage(db->conn);
    enum err_code code = state ? sort_sqlstate(state) : lost ? ERR_DB_DOWN : ERR_DB;
    if (lost)
        code = ERR_DB_DOWN;
    slice text = slice_trim(slice_of(message));
    err_set(err, code, "%s: %.*s", what, SLICE_ARG(text));
    if (state)
        snprintf(err->sqlstate, sizeof err->sqlstate, "%s", state);
    return false;
}

/* ---- connections ---- */

static bool connect_now(struct db *db, struct err *err)
{
    char options[320];
    snprintf(options, sizeof options,
             "-c statement_timeout=%d -c idle_in_transaction_session_timeout=60000 -c jit=off%s%s",
             db->statement_timeout_ms, db->read_only ? " -c default_transaction_read_only=on" : "",
             db->by_key
                 ? " -c plan_cache_mode=force_generic_plan -c enable_hashjoin=off -c enable_mergejoin=off"
                   " -c enable_seqscan=off"
             : db->generic_plans ? " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
                                   " -c random_page_cost=1.1"
                                 : "");
    const char *keys[] = {
        "dbname",          "application_name",    "connect_timeout",  "client_encoding",  "options",
        "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", NULL};
    const char *values[] = {db->url, db->application, "10", "UTF8", options, "20", "5", "3", "30000", NULL};
    PQfinish(db->conn);
    memset(db->prepared, 0, sizeof db->prepared);
    db->n_text = 0;
    db->in_transaction = db->broken = db->by_value = false;
    db->conn = PQconnectdbParams(keys, values, 1);
    if (PQstatus(db->conn) == CONNECTION_OK) {
        PGresult *res = PQexec(db->conn, "set timezone to 'UTC'; set intervalstyle to 'postgres';"
                                         " set client_min_messages to 'warning'");
        bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
        PQclear(res);
        if (ok)
            return true;
    }
    slice text = slice_trim(slice_of(PQerrorMessage(db->conn)));
    return err_set(err, ERR_DB_DOWN, "can't connect to PostgreSQL: %.*s", SLICE_ARG(text));
}

bool db_open(const struct db_options *options, struct db **db_out, struct err *err)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        abort();
    db->url = strdup(options->url ? options->url : "");
    db->application = strdup(options->application ? options->application : "gitomatic");
    db->statement_timeout_ms = options->statement_timeout_ms ? options->statement_timeout_ms : 30000;
    db->read_only = options->read_only;
    db->by_key = options->by_key;
    db->generic_plans = options->generic_plans;
    if (!connect_now(db, err)) {
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

static bool ensure_up(struct db *db, struct err *err)
{
    if (db_is_up(db))
        return true;
    if (db->in_transaction) {
        db->in_transaction = false;
        return err_set(err, ERR_DB_DOWN, "connection lost inside a transaction");
    }
    return connect_now(db, err);
}

/* ---- parameters ---- */

struct wire {
    const char *values[MAX_ARGS];
    int lengths[MAX_ARGS], formats[MAX_ARGS];
    struct buf bytes; /* encoded values; offsets first, pointers once it no longer grows */
    size_t offsets[MAX_ARGS];
    bool in_bytes[MAX_ARGS];
};

static void put_be32(struct buf *b, int32_t v)
{
    uint32_t be = htonl((uint32_t)v);
    buf_put(b, &be, sizeof be);
}

static void put_be64(struct buf *b, int64_t v)
{
    uint64_t be = htobe64((uint64_t)v);
    buf_put(b, &be, sizeof be);
}

static int64_t pg_time(int64_t unix_ms)
{
    if (unix_ms == INT64_MAX || unix_ms == INT64_MIN)
        return unix_ms;
    return unix_ms * 1000 - PG_EPOCH_US;
}

static void put_array_head(struct buf *b, size_t n, bool has_null, unsigned oid)
{
    put_be32(b, n ? 1 : 0);
    put_be32(b, has_null);
    put_be32(b, (int32_t)oid);
    if (n) {
        put_be32(b, (int32_t)n);
        put_be32(b, 1);
    }
}

static void put_i64s(struct buf *b, const struct db_arg *arg)
{
    put_array_head(b, arg->i64s.n, false, 20);
    for (size_t i = 0; i < arg->i64s.n; i++) {
        put_be32(b, 8);
        put_be64(b, arg->i64s.items[i]);
    }
}

static void put_texts(struct buf *b, const struct db_arg *arg)
{
    bool has_null = false;
    for (size_t i = 0; i < arg->texts.n; i++)
        has_null |= arg->texts.items[i].ptr == NULL;
    put_array_head(b, arg->texts.n, has_null, 25);
    for (size_t i = 0; i < arg->texts.n; i++) {
        slice item = arg->texts.items[i];
        put_be32(b, item.ptr ? (int32_t)item.len : -1);
        buf_put(b, item.ptr, item.len);
    }
}

/* type: the declared OID, 0 when the server infers it (then integers are sent as int8). */
static void encode(struct wire *w, size_t i, const struct db_arg *arg, unsigned type)
{
    struct buf *b = &w->bytes;
    w->formats[i] = 1;
    w->offsets[i] = b->len;
    w->in_bytes[i] = true;
    switch (arg->type) {
    case DB_ARG_NULL:
        w->values[i] = NULL;
        w->in_bytes[i] = false;
        return;
    case DB_ARG_I64:
        if (type == 23) {
            put_be32(b, (int32_t)arg->i64);
        } else if (type == 21) {
            uint16_t be = htons((uint16_t)arg->i64);
            buf_put(b, &be, sizeof be);
        } else {
            put_be64(b, arg->i64);
        }
        break;
    case DB_ARG_F64: {
        int64_t bits;
        memcpy(&bits, &arg->f64, sizeof bits);
        put_be64(b, bits);
        break;
    }
    case DB_ARG_BOOL:
        buf_putc(b, arg->boolean ? 1 : 0);
        break;
    case DB_ARG_TIME:
        put_be64(b, pg_time(arg->i64));
        break;
    case DB_ARG_TIME_US:
        put_be64(b, arg->i64 - PG_EPOCH_US);
        break;
    case DB_ARG_TEXT: /* binary text carries its length, so a NUL inside is refused by the server instead of cutting */
        buf_put(b, arg->text.ptr, arg->text.len);
        if (type == 3802) {
            w->formats[i] = 0;
            buf_putc(b, '\0');
        }
        break;
    case DB_ARG_I64S:
        put_i64s(b, arg);
        break;
    case DB_ARG_TEXTS:
        put_texts(b, arg);
        break;
    }
    w->lengths[i] = (int)(b->len - w->offsets[i]);
}

/* ---- running ---- */

static bool run_prepared(struct db *db, const char *name, const unsigned *types, const struct db_arg *args,
                         size_t n, struct db_rows *rows_out, struct err *err)
{
    struct wire w;
    assert(n <= MAX_ARGS);
    buf_init(&w.bytes, 128u * 1024u * 1024u);
    for (size_t i = 0; i < n; i++)
        encode(&w, i, &args[i], types ? types[i] : 0);
    for (size_t i = 0; i < n; i++)
        if (w.in_bytes[i])
            w.values[i] = w.bytes.ptr + w.offsets[i];
    if (w.bytes.overflow) {
        buf_finish(&w.bytes);
        return err_set(err, ERR_TOO_BIG, "%s: parameters over 128 MiB", name);
    }
    PGresult *res = PQexecPrepared(db->conn, name, (int)n, w.values, w.lengths, w.formats, 1);
    buf_finish(&w.bytes);
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fail(db, res, name, err);
        PQclear(res);
        return false;
    }
    if (!rows_out) {
        PQclear(res);
        return true;
    }
    const char *affected = PQcmdTuples(res);
    *rows_out =
        (struct db_rows){.result = res, .n = PQntuples(res), .affected = *affected ? atoll(affected) : 0};
    return true;
}

static bool prepare(struct db *db, const char *name, const char *sql, const struct query_entry *entry,
                    struct err *err)
{
    PGresult *res = PQprepare(db->conn, name, sql, entry ? entry->n_params : 0, entry ? entry->types : NULL);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    if (!ok)
        fail(db, res, name, err);
    PQclear(res);
    return ok;
}

/* A generic plan made while a table was nearly empty stays when it no longer is, until the server analyses the table. So
 * plans are dropped now and then, soon at first: making one costs a millisecond, a wrong one costs that at every call. */
static void replan_in_time(struct db *db)
{
    int64_t now = clock_mono_ms();
    if ((!db->by_key && !db->generic_plans) || db->in_transaction || now < db->replan_at_ms)
        return;
    PQclear(PQexec(db->conn, "discard plans"));
    db->replan_every_ms = db->replan_every_ms ? db->replan_every_ms * 2 : 500;
    if (db->replan_every_ms > 60000)
        db->replan_every_ms = 60000;
    db->replan_at_ms = now + db->replan_every_ms;
}

static bool plan_by_value(struct db *db, bool by_value, struct err *err)
{
    if (!db->generic_plans || db->by_value == by_value)
        return true;
    if (!db_script(db,
                   by_value ? "set plan_cache_mode to force_custom_plan"
                            : "set plan_cache_mode to force_generic_plan",
                   err))
        return false;
    db->by_value = by_value;
    return true;
}

bool db_run_args(struct db *db, enum query q, const struct db_arg *args, size_t n, struct db_rows *rows_out,
                 struct err *err)
{
    const struct query_entry *entry = &query_table[q];
    if (rows_out)
        *rows_out = (struct db_rows){0};
    assert((int)n == entry->n_params);
    if (!ensure_up(db, err) || !plan_by_value(db, false, err))
        return false;
    replan_in_time(db);
    if (!db->prepared[q]) {
        if (!prepare(db, entry->name, entry->text, entry, err))
            return false;
        db->prepared[q] = true;
    }
    return run_prepared(db, entry->name, entry->types, args, n, rows_out, err);
}

static uint64_t hash_text(slice text)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * 1099511628211u;
    return h;
}

static bool text_known(const struct db *db, uint64_t hash)
{
    for (size_t i = 0; i < db->n_text; i++)
        if (db->text_hashes[i] == hash)
            return true;
    return false;
}

static bool run_text(struct db *db, slice sql, const struct db_arg *args, size_t n, bool by_value,
                     struct db_rows *rows_out, struct err *err)
{
    char name[32] = "";
    uint64_t hash = hash_text(sql);
    if (rows_out)
        *rows_out = (struct db_rows){0};
    if (!ensure_up(db, err) || !plan_by_value(db, by_value, err))
        return false;
    replan_in_time(db);
    bool known = text_known(db, hash);
    if (known || db->n_text < MAX_TEXT_STATEMENTS)
        snprintf(name, sizeof name, "t_%016llx", (unsigned long long)hash);
    if (!known) {
        char *text = strndup(sql.ptr, sql.len);
        bool ok = text && prepare(db, name, text, NULL, err);
        free(text);
        if (!ok)
            return false;
        if (*name)
            db->text_hashes[db->n_text++] = hash;
    }
    return run_prepared(db, name, NULL, args, n, rows_out, err);
}

bool db_run_text(struct db *db, slice sql, const struct db_arg *args, size_t n, struct db_rows *rows_out,
                 struct err *err)
{
    return run_text(db, sql, args, n, false, rows_out, err);
}

bool db_run_text_by_value(struct db *db, slice sql, const struct db_arg *args, size_t n,
                          struct db_rows *rows_out, struct err *err)
{
    return run_text(db, sql, args, n, true, rows_out, err);
}

bool db_script(struct db *db, const char *sql, struct err *err)
{
    if (!ensure_up(db, err))
        return false;
    PGresult *res = PQexec(db->conn, sql);
    ExecStatusType status = PQresultStatus(res);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
    if (!ok)
        fail(db, res, "script", err);
    PQclear(res);
    return ok;
}

bool db_begin(struct db *db, struct err *err)
{
    if (!db_script(db, "begin", err))
        return false;
    db->in_transaction = true;
    return true;
}

bool db_commit(struct db *db, struct err *err)
{
    db->in_transaction = false;
    if (!db_is_up(db))
        return err_set(err, ERR_DB_DOWN, "connection lost inside a transaction");
    PGresult *res = PQexec(db->conn, "commit");
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(res), "COMMIT") == 0;
    if (!ok)
        fail(db, res, "commit", err);
    PQclear(res);
    return ok;
}

void db_rollback(struct db *db)
{
    if (db->in_transaction && db_is_up(db))
        PQclear(PQexec(db->conn, "rollback"));
    db->in_transaction = false;
}

/* ---- notifications ---- */

bool db_listen(struct db *db, const char *channel, struct err *err)
{
    char sql[80];
    snprintf(sql, sizeof sql, "listen %s", channel);
    return db_script(db, sql, err);
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
