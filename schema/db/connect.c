/* Opening a connection: the user's settings first, ours where those are silent.
 *
 * Ours are set by SET after connecting. As startup parameters, PgBouncer would refuse them, and they would replace those in the
 * `options` of the URL or of PGOPTIONS. */
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "schema/db/db_private.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_TIMEOUT_S "5"   /* of an address */
#define CONNECT_ALL_MS    60000 /* of all of them, including the resolution of names */
#define MAX_SETTINGS      32
#define N_KEYS            8
#define NO_RIGHT          "42501" /* of all settings of a session, only that of the triggers needs a right */
#define CANNOT            "can't connect to PostgreSQL"

struct session_setting {
    const char *name;
    char value[32];
    bool ours; /* the program depends on it: overrides the user's */
};

struct session {
    struct session_setting items[MAX_SETTINGS];
    size_t n;
};

static void put(struct session *s, const char *name, const char *value, bool ours)
{
    s->items[s->n].name = name;
    s->items[s->n].ours = ours;
    snprintf(s->items[s->n].value, sizeof s->items[s->n].value, "%s", value);
    s->n++;
}

static void choose_settings(const struct db *db, struct session *s)
{
    char timeout[16];
    *s = (struct session){0};
    snprintf(timeout, sizeof timeout, "%d", db->statement_timeout_ms);
    put(s, "statement_timeout", timeout, false); /* first: a role's own may be too short for the others */
    put(s, "lock_timeout", "0", false);
    put(s, "idle_session_timeout", "0", false); /* those with LISTEN or a lock of a worker are idle */
    put(s, "timezone", "UTC", true);
    put(s, "datestyle", "ISO, MDY", true);
    put(s, "intervalstyle", "postgres", true);
    put(s, "default_transaction_isolation", "read committed", true);
    put(s, "standard_conforming_strings", "on", true); /* a backslash in a statement's text is one */
    put(s, "transform_null_equals", "off", true);
    put(s, "quote_all_identifiers", "off", true);
    put(s, "extra_float_digits", "1", true);     /* numbers in JSON and COPY */
    put(s, "gin_fuzzy_search_limit", "0", true); /* a search would find some of what there is, by chance */
    put(s, "check_function_bodies", "on",
        true); /* off with the next one is how triggers recognise a restore */
    put(s, "row_security", "off",
        false); /* a policy for the role, whatever it hides: an error, not an answer that may lack rows */
    if (db->read_only)
        put(s, "default_transaction_read_only", "on", true);
    put(s, "client_min_messages", "warning", false);
    put(s, "idle_in_transaction_session_timeout", "60000", false);
    put(s, "jit", "off", false);
    if (!db->by_key && !db->generic_plans)
        return;
    put(s, "plan_cache_mode", "force_generic_plan", false);
    put(s, "enable_seqscan", "off", false);
    if (db->by_key) {
        put(s, "enable_hashjoin", "off", false);
        put(s, "enable_mergejoin", "off", false);
        put(s, "enable_memoize", "off", false); /* would cache a page's items under their whole text */
        put(s, "work_mem", "16MB", false);      /* with less, the items of ten full pages go through files */
    } else {
        put(s, "random_page_cost", "1.1", false);
    }
}

/* Sets those of ours that must hold, and the others unless the user has set them in `options`: only the server knows that, whatever
 * their spelling. It costs a few milliseconds, so it is asked only if there are any. */
static void put_settings(const struct session *session, bool has_options, struct buf *sql)
{
    const char *before = "select s.name, s.setting, case s.source when 'client' then null else "
                         "set_config(s.name, v.value, false) end from (values ";
    buf_puts(sql, "prepare gitomatic_session as select 1;"); /* the mark of a session in use */
    for (size_t i = 0; i < session->n; i++)
        if (session->items[i].ours || !has_options)
            buf_printf(sql, "set %s = '%s';", session->items[i].name, session->items[i].value);
    buf_puts(sql, "select set_config('session_replication_role', 'origin', false)"
                  " where current_setting('session_replication_role') = 'replica';");
    for (size_t i = 0; i < session->n && has_options; i++) {
        if (session->items[i].ours)
            continue;
        buf_printf(sql, "%s('%s', '%s')", before, session->items[i].name, session->items[i].value);
        before = ", ";
    }
    if (has_options)
        buf_puts(sql, ") v (name, value) join pg_settings s using (name)");
    buf_putc(sql, '\0');
}

/* The answer is awaited for as long as the user's timeout allows the statement to take. */
static void take_users_timeout(struct db *db, const PGresult *res)
{
    for (int i = 0; i < PQntuples(res); i++) {
        if (!PQgetisnull(res, i, 2) || strcmp(PQgetvalue(res, i, 0), "statement_timeout") != 0)
            continue;
        int64_t ms = strtoll(PQgetvalue(res, i, 1), NULL, 10);
        db->statement_timeout_ms = (int)ms;
        if (!db->patience_is_given)
            db->patience_ms = ms == 0           ? db->unlimited_ms
                              : ms > LONGEST_MS ? LONGEST_MS
                                                : (int)ms + AFTER_TIMEOUT_MS;
        if (ms == 0)
            db_end_with_client(db);
    }
}

static bool configure(struct db *db, struct err *err)
{
    struct session session;
    AUTO_BUF sql = {0};
    PQconninfoOption *used = PQconninfo(db->conn);
    bool has_options = db_string_value(used, "options") != NULL;
    PQconninfoFree(used);
    choose_settings(db, &session);
    put_settings(&session, has_options, &sql);
    PGresult *res = db_exec(db, sql.ptr);
    bool ok = PQresultStatus(res) == PGRES_TUPLES_OK || db_fail(db, res, "settings of the session", err);
    if (ok && has_options)
        take_users_timeout(db, res);
    if (!ok && strcmp(err->sqlstate, NO_RIGHT) == 0)
        err_set(
            err, ERR_DB_DOWN,
            "session_replication_role is replica for this role or database: the triggers that keep the feed "
            "of changes and the counts would not run; expected origin or local: alter role NAME reset "
            "session_replication_role, or the same for the database");
    PQclear(res);
    return ok;
}

/* ---- one attempt, in a thread of its own ---- */

/* connect_timeout bounds the attempt at each address, but neither the resolution of names nor all attempts together, and libpq
 * cannot be stopped. So the waiting caller may leave; the thread then closes its connection. */
struct attempt {
    pthread_mutex_t lock;
    pthread_cond_t finished;
    bool is_finished, is_abandoned;
    const char *keys[N_KEYS + 1], *values[N_KEYS + 1];
    char *url, *application;
    PGconn *conn;
    struct db_refusal refusal; /* if it failed */
};

static _Atomic int n_abandoned;

bool db_leaves_threads(void)
{
    return atomic_load(&n_abandoned) > 0;
}

static void attempt_free(struct attempt *a)
{
    pthread_cond_destroy(&a->finished);
    pthread_mutex_destroy(&a->lock);
    free(a->url);
    free(a->application);
    free(a->refusal.text);
    free(a);
}

static void *run_attempt(void *arg)
{
    struct attempt *a = arg;
    db_take_lines(true);
    PGconn *conn = PQconnectdbParams(a->keys, a->values, 1);
    if (PQstatus(conn) != CONNECTION_OK)
        db_refusal(conn, &a->refusal);
    db_take_lines(false);
    pthread_mutex_lock(&a->lock);
    a->conn = conn;
    a->is_finished = true;
    bool abandoned = a->is_abandoned;
    pthread_cond_signal(&a->finished);
    pthread_mutex_unlock(&a->lock);
    if (abandoned) {
        PQfinish(conn);
        attempt_free(a);
        atomic_fetch_sub(&n_abandoned, 1);
    }
    return NULL;
}

/* Ours are for what neither the string nor the environment nor a service file says. */
static struct attempt *attempt_create(const struct db *db)
{
    static const char *const keys[N_KEYS] = {
        "fallback_application_name", "connect_timeout",  "keepalives_idle", "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout", "dbname",          "client_encoding"};
    const char *values[N_KEYS] = {NULL, CONNECT_TIMEOUT_S, "20", "5", "3", "30000", NULL, "UTF8"};
    struct attempt *a = xcalloc(1, sizeof *a);
    a->url = xstrdup(db->url);
    a->application = xstrdup(db->application);
    values[0] = a->application;
    values[6] = a->url;
    PQconninfoOption *users = db_string_settings(db->url);
    for (size_t i = 1; i < 6; i++)
        if (db_string_value(users, keys[i]))
            values[i] = NULL;
    PQconninfoFree(users);
    memcpy(a->keys, keys, sizeof keys);
    memcpy(a->values, values, sizeof values);
    pthread_mutex_init(&a->lock, NULL);
    cond_init(&a->finished);
    return a;
}

/* False: not in time; the attempt then belongs to its thread. */
static bool wait_for(struct attempt *a, const struct db *db)
{
    int64_t until = clock_mono_ms() + (db->connect_ms ? db->connect_ms : CONNECT_ALL_MS);
    pthread_mutex_lock(&a->lock);
    while (!a->is_finished && !a->is_abandoned) {
        int64_t left = db_time_left(db, until);
        int64_t next = clock_mono_ms() + (left < LOOK_EVERY_MS ? left : LOOK_EVERY_MS);
        if (left > 0)
            cond_wait_until(&a->finished, &a->lock, next);
        else
            a->is_abandoned = true;
    }
    if (a->is_abandoned)
        atomic_fetch_add(&n_abandoned, 1);
    bool finished = !a->is_abandoned;
    pthread_mutex_unlock(&a->lock);
    return finished;
}

/* NULL: none in time, or no thread. *refusal_out: what a server says that refuses it. */
static PGconn *open_conn(const struct db *db, struct db_refusal *refusal_out, struct err *err)
{
    pthread_t thread;
    struct attempt *a = attempt_create(db);
    if (!thread_start(&thread, run_attempt, a, err)) {
        attempt_free(a);
        err_wrap(err, CANNOT);
        err->code = ERR_DB_DOWN; /* there may be one later */
        return NULL;
    }
    pthread_detach(thread);
    if (!wait_for(a, db)) {
        err_set(err, ERR_DB_DOWN, CANNOT ": no answer in time");
        return NULL;
    }
    PGconn *conn = a->conn;
    *refusal_out = a->refusal;
    a->refusal.text = NULL;
    attempt_free(a);
    return conn;
}

static _Atomic uint64_t n_connections;

uint64_t db_connections(void)
{
    return atomic_load(&n_connections);
}

/* The mark that put_settings leaves was there already. */
bool db_is_used_session(const struct err *err)
{
    return strcmp(err->sqlstate, "42P05") == 0; /* duplicate_prepared_statement */
}

static bool is_connected(struct db *db, const struct db_refusal *refusal, struct err *err)
{
    if (PQstatus(db->conn) == CONNECTION_OK && PQsetnonblocking(db->conn, 1) == 0)
        return true;
    if (!db_string_error(db->url, CANNOT, err))
        return false;
    slice text = slice_trim(slice_of(refusal->text ? refusal->text : PQerrorMessage(db->conn)));
    db_note_long("connect", text);
    bool known = *refusal->sqlstate; /* the words may be in any language, and in an encoding of their own */
    err_set(err, ERR_DB_DOWN, CANNOT ": %.*s%s%s%s", SLICE_ARG(text), known ? " (SQLSTATE " : "",
            refusal->sqlstate, known ? ")" : "");
    memcpy(err->sqlstate, refusal->sqlstate, sizeof err->sqlstate);
    return false;
}

bool db_connect(struct db *db, struct err *err)
{
    atomic_fetch_add(&n_connections, 1);
    PQfinish(db->conn);
    db_forget_session(db);
    struct db_refusal refusal = {0};
    db->conn = open_conn(db, &refusal, err);
    bool connected = db->conn && is_connected(db, &refusal, err);
    free(refusal.text);
    if (!connected)
        return false;
    db_take_notices(db->conn);
    struct err why = {0};
    if (configure(db, &why))
        return true;
    if (!db_is_used_session(&why))
        return err_set(err, ERR_DB_DOWN, CANNOT ": %s", why.text);
    db_refuse_session(ERR_DB_DOWN, err);
    memcpy(err->sqlstate, why.sqlstate, sizeof err->sqlstate);
    return false;
}
