/* Opening a connection: the user's own settings first, ours where they say nothing.
 *
 * Ours are set by SET once the connection is there. As startup parameters PgBouncer would refuse them, and they would take
 * the place of those in the URL's or PGOPTIONS' `options`. */
#include "core/log/log.h"
#include "schema/db/db_private.h"
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_TIMEOUT_S "5"
#define MAX_SETTINGS      16

struct session_setting {
    const char *name;
    char value[32];
    bool ours; /* the program's answers depend on it: whatever the user's options say */
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
    put(s, "timezone", "UTC", true);
    put(s, "intervalstyle", "postgres", true);
    put(s, "default_transaction_isolation", "read committed", true);
    if (db->read_only)
        put(s, "default_transaction_read_only", "on", true);
    put(s, "client_min_messages", "warning", false);
    put(s, "statement_timeout", timeout, false);
    put(s, "idle_in_transaction_session_timeout", "60000", false);
    put(s, "jit", "off", false);
    if (!db->by_key && !db->generic_plans)
        return;
    put(s, "plan_cache_mode", "force_generic_plan", false);
    put(s, "enable_seqscan", "off", false);
    if (db->by_key) {
        put(s, "enable_hashjoin", "off", false);
        put(s, "enable_mergejoin", "off", false);
    } else {
        put(s, "random_page_cost", "1.1", false);
    }
}

/* Whether `options` ("-c jit=on --statement_timeout=0") names it. PostgreSQL takes dashes for underscores. */
static bool names(const char *options, const char *setting)
{
    size_t n = strlen(setting);
    for (const char *at = options; at && *at; at++) {
        bool begins = at == options || strchr(" \t\n-c", at[-1]);
        size_t i = 0;
        while (begins && i < n && (at[i] == setting[i] || (at[i] == '-' && setting[i] == '_')))
            i++;
        if (i == n && at[n] == '=')
            return true;
    }
    return false;
}

/* The value a connection was made with, or would be by the environment and the service file; in the array. */
static const char *value_of(const PQconninfoOption *all, const char *keyword)
{
    for (; all && all->keyword; all++)
        if (strcmp(all->keyword, keyword) == 0)
            return all->val && *all->val ? all->val : NULL;
    return NULL;
}

static bool configure(struct db *db, struct err *err)
{
    struct session session;
    char sql[1024];
    size_t n = 0;
    PQconninfoOption *used = PQconninfo(db->conn);
    const char *options = value_of(used, "options");
    choose_settings(db, &session);
    for (size_t i = 0; i < session.n; i++) {
        const struct session_setting *one = &session.items[i];
        if (one->ours || !names(options, one->name))
            n += (size_t)snprintf(sql + n, sizeof sql - n, "set %s = '%s';", one->name, one->value);
    }
    PQconninfoFree(used);
    PGresult *res = db_exec(db, sql);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK || db_fail(db, res, "settings of the session", err);
    PQclear(res);
    return ok;
}

/* What the server says beside its answers. Left to libpq it would go to stderr, between our lines. */
static void on_notice(void *unused, const PGresult *res)
{
    (void)unused;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    if (severity && strcmp(severity, "WARNING") == 0)
        log_warn("postgresql.notice", L_STR("text", text));
    else
        log_debug("postgresql.notice", L_STR("text", text));
}

bool db_connect(struct db *db, struct err *err)
{
    /* Those before dbname yield to the ones in the URL; the environment and the service file come after both, so what is
     * named there is left out here. */
    const char *keys[] = {"fallback_application_name",
                          "connect_timeout",
                          "keepalives_idle",
                          "keepalives_interval",
                          "keepalives_count",
                          "tcp_user_timeout",
                          "dbname",
                          "client_encoding",
                          NULL};
    const char *values[] = {db->application, CONNECT_TIMEOUT_S, "20",   "5", "3",
                            "30000",         db->url,           "UTF8", NULL};
    PQconninfoOption *outside = PQconndefaults();
    for (size_t i = 0; i < 6; i++)
        if (value_of(outside, keys[i]))
            values[i] = NULL;
    PQfinish(db->conn);
    db_forget_session(db);
    db->conn = PQconnectdbParams(keys, values, 1);
    PQconninfoFree(outside);
    if (PQstatus(db->conn) == CONNECTION_OK && PQsetnonblocking(db->conn, 1) == 0) {
        PQsetNoticeReceiver(db->conn, on_notice, NULL);
        struct err why = {0};
        if (configure(db, &why))
            return true;
        return err_set(err, ERR_DB_DOWN, "can't connect to PostgreSQL: %s", why.text);
    }
    slice text = slice_trim(slice_of(PQerrorMessage(db->conn)));
    return err_set(err, ERR_DB_DOWN, "can't connect to PostgreSQL: %.*s", SLICE_ARG(text));
}
