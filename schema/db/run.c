/* Statements of a connection: prepared when they are first run, alone or several in one round trip. */
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "schema/db/db_private.h"
#include "schema/db/query_table.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* A prepared statement with its parameters. */
struct ready {
    char name[64];
    const unsigned *types; /* NULL: the server infers them */
    const struct db_arg *args;
    size_t n_args;
    struct db_rows *rows_out;
};

static bool is_good(const PGresult *res)
{
    ExecStatusType status = PQresultStatus(res);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Takes the result: as rows, or clears it. */
static bool take_result(struct db *db, const struct ready *r, PGresult *res, struct err *err)
{
    bool ok = is_good(res) || db_fail(db, res, r->name, err);
    if (!ok || !r->rows_out) {
        PQclear(res);
        return ok;
    }
    const char *affected = PQcmdTuples(res);
    *r->rows_out =
        (struct db_rows){.result = res, .n = PQntuples(res), .affected = *affected ? atoll(affected) : 0};
    return true;
}

/* ---- several in one round trip ---- */

bool db_enter_pipeline(struct db *db, struct err *err)
{
    return PQpipelineStatus(db->conn) == PQ_PIPELINE_ON || PQenterPipelineMode(db->conn) == 1 ||
           db_fail(db, NULL, "pipeline", err);
}

bool db_leave_pipeline(struct db *db)
{
    db->broken |= PQexitPipelineMode(db->conn) != 1;
    return false;
}

void db_note_later(struct db *db, const char *name, bool one_row)
{
    db->later[db->n_later].name = name;
    db->later[db->n_later].one_row = one_row;
    db->n_later++;
}

/* A statement's result, which is followed by a NULL. */
static PGresult *next_result(struct db *db)
{
    PGresult *res = db_next_result(db);
    PGresult *end = res ? db_next_result(db) : NULL;
    db->broken |= !res || end; /* no statement here has two results */
    PQclear(end);
    return res;
}

static bool take_later(struct db *db, int i, PGresult *res, struct err *err)
{
    const char *name = db->later[i].name;
    bool ok = is_good(res) || db_fail(db, res, name, err);
    if (ok && db->later[i].one_row && PQntuples(res) == 0)
        ok = err_set(err, ERR_LOST, "%s: the row no longer exists", name);
    PQclear(res);
    return ok;
}

/* Receives the answers to pending statements and to `own`; *failed_out: the one of them that failed, if one did. After a failure the server
 * skips the rest, with a result for each. */
static bool receive_all(struct db *db, const struct ready *own, size_t n_own, size_t *failed_out,
                        struct err *err)
{
    bool ok = true;
    for (size_t i = 0; i < (size_t)db->n_later + n_own && !db->broken; i++) {
        PGresult *res = next_result(db);
        if (!ok)
            PQclear(res);
        else if (i < (size_t)db->n_later)
            ok = take_later(db, (int)i, res, err);
        else if (!(ok = take_result(db, &own[i - (size_t)db->n_later], res, err)))
            *failed_out = i - (size_t)db->n_later;
    }
    PGresult *end = db->broken ? NULL : db_next_result(db);
    db->broken |= PQresultStatus(end) != PGRES_PIPELINE_SYNC;
    PQclear(end);
    return ok;
}

/* Ends the pipeline: all or nothing. *failed_out as of receive_all(). */
static bool collect_own(struct db *db, const struct ready *own, size_t n_own, size_t *failed_out,
                        struct err *err)
{
    bool ok = PQpipelineSync(db->conn) == 1 || db_fail(db, NULL, "pipeline", err);
    db->broken |= !ok; /* finding out what was sent already is not worth it */
    ok = ok && receive_all(db, own, n_own, failed_out, err);
    db->n_later = 0;
    db_leave_pipeline(db);
    if (db->broken && ok)
        ok = err_set(err, ERR_DB_DOWN, "the connection to PostgreSQL is lost");
    for (size_t i = 0; i < n_own && !ok; i++)
        if (own[i].rows_out)
            db_rows_clear(own[i].rows_out);
    return ok;
}

static bool collect(struct db *db, const struct ready *own, size_t n_own, struct err *err)
{
    size_t failed;
    return collect_own(db, own, n_own, &failed, err);
}

bool db_collect_later(struct db *db, struct err *err)
{
    return !db->n_later || collect(db, NULL, 0, err);
}

static bool send_ready(struct db *db, const struct ready *r, struct err *err)
{
    struct wire w;
    if (!wire_encode(&w, r->name, r->types, r->args, r->n_args, err))
        return false;
    bool ok = PQsendQueryPrepared(db->conn, r->name, (int)r->n_args, w.values, w.lengths, w.formats, 1) == 1;
    buf_finish(&w.bytes);
    return ok || db_fail(db, NULL, r->name, err);
}

/* After the pending statements. *failed_out: which one failed; as it was, if that is not known. */
static bool run_pipeline(struct db *db, const struct ready *all, size_t n, size_t *failed_out,
                         struct err *err)
{
    size_t sent = 0;
    bool ok = db_enter_pipeline(db, err);
    while (ok && sent < n) {
        ok = send_ready(db, &all[sent], err);
        sent += ok;
    }
    if (ok)
        return collect_own(db, all, n, failed_out, err);
    if (sent) /* partly sent: a new connection is simpler than finding out */
        db->broken = true;
    else if (!db->n_later)
        db_leave_pipeline(db);
    return false;
}

bool db_run_command(struct db *db, const char *sql, const char *tag, struct err *err)
{
    if (!db->n_later) {
        PGresult *res = db_exec(db, sql);
        bool ok = (is_good(res) && strcmp(PQcmdStatus(res), tag) == 0) || db_fail(db, res, sql, err);
        PQclear(res);
        return ok;
    }
    struct db_rows rows = {0};
    const struct ready command = {.rows_out = &rows};
    if (PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 0) != 1)
        return db_fail(db, NULL, sql, err);
    if (!collect(db, &command, 1, err))
        return false;
    bool ok = strcmp(PQcmdStatus(rows.result), tag) == 0 || db_fail(db, rows.result, sql, err);
    db_rows_clear(&rows);
    return ok;
}

static bool run_ready(struct db *db, const struct ready *r, struct err *err)
{
    struct wire w;
    size_t failed;
    if (db->n_later)
        return run_pipeline(db, r, 1, &failed, err);
    if (!wire_encode(&w, r->name, r->types, r->args, r->n_args, err))
        return false;
    PGresult *res = db_exec_prepared(db, r->name, (int)r->n_args, &w);
    buf_finish(&w.bytes);
    return take_result(db, r, res, err);
}

/* ---- preparing ---- */

static bool prepare(struct db *db, const char *name, const char *sql, const struct query_entry *entry,
                    struct err *err)
{
    if (!db_collect_later(db, err)) /* nothing is prepared in pipeline mode */
        return false;
    PGresult *res = db_prepare(db, name, sql, entry ? entry->n_params : 0, entry ? entry->types : NULL);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    if (!ok)
        db_fail(db, res, name, err);
    PQclear(res);
    return ok;
}

bool db_try_statements(struct db *db, void (*refused)(void *context, const char *name, const char *why),
                       void *context, struct err *err)
{
    for (size_t q = 0; q < Q_N_QUERIES; q++) {
        const struct query_entry *entry = &query_table[q];
        if (!db_ensure_up(db, err))
            return false;
        PGresult *res = db_prepare(db, "", entry->text, entry->n_params, entry->types);
        const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
        bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
        if (!ok && state && strncmp(state, "42", 2) == 0) { /* syntax error or access rule violation */
            refused(context, entry->name, PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
            ok = true;
        }
        if (!ok)
            db_fail(db, res, entry->name, err);
        PQclear(res);
        if (!ok)
            return false;
    }
    return true;
}

/* A generic plan made for a nearly empty table is kept until the server analyses the table, however large it is by then. So plans
 * are dropped now and then, soon at first: making one costs a millisecond, a wrong one costs that at every call. From one time to the
 * next the tables of a new database grow by a factor of four. */
static bool replan_in_time(struct db *db, struct err *err)
{
    int64_t now = clock_mono_ms();
    if ((!db->by_key && !db->generic_plans) || db->in_transaction || now < db->replan_at_ms)
        return true;
    PGresult *res = db_exec(db, "discard plans");
    bool ok = is_good(res) || db_fail(db, res, "discard plans", err);
    PQclear(res);
    db->replan_every_ms = db->replan_every_ms ? db->replan_every_ms * 4 : 500;
    if (db->replan_every_ms > 60000)
        db->replan_every_ms = 60000;
    db->replan_at_ms = now + db->replan_every_ms;
    return ok;
}

/* A connection on which statements can be prepared and run. */
static bool make_ready(struct db *db, struct err *err)
{
    return db_ensure_up(db, err) && replan_in_time(db, err);
}

static bool ready_query(struct db *db, enum query q, struct ready *r, struct err *err)
{
    const struct query_entry *entry = &query_table[q];
    assert((int)r->n_args == entry->n_params);
    if (!db->prepared[q] && !prepare(db, entry->name, entry->text, entry, err))
        return false;
    db->prepared[q] = true;
    r->types = entry->types;
    snprintf(r->name, sizeof r->name, "%s", entry->name);
    return true;
}

bool db_run_args(struct db *db, enum query q, const struct db_arg *args, size_t n, struct db_rows *rows_out,
                 struct err *err)
{
    struct ready r = {.args = args, .n_args = n, .rows_out = rows_out};
    if (rows_out)
        *rows_out = (struct db_rows){0};
    return make_ready(db, err) && ready_query(db, q, &r, err) && run_ready(db, &r, err);
}

bool db_later_args(struct db *db, enum query q, bool one_row, const struct db_arg *args, size_t n,
                   struct err *err)
{
    struct ready r = {.args = args, .n_args = n};
    if (!db->in_transaction) {
        AUTO_ROWS rows = {0};
        return db_run_args(db, q, args, n, &rows, err) &&
               (!one_row || rows.n ||
                err_set(err, ERR_LOST, "%s: the row no longer exists", query_table[q].name));
    }
    if (!db_ensure_up(db, err) || (db->n_later == MAX_LATER && !db_collect_later(db, err)) ||
        !ready_query(db, q, &r, err) || !db_enter_pipeline(db, err))
        return false;
    if (send_ready(db, &r, err)) {
        db_note_later(db, query_table[q].name, one_row);
        return true;
    }
    return !db->n_later && db_leave_pipeline(db);
}

static bool text_known(const struct db *db, uint64_t hash)
{
    for (size_t i = 0; i < db->n_text; i++)
        if (db->text_hashes[i] == hash)
            return true;
    return false;
}

/* keep false: unnamed, so the next unnamed one replaces it. */
static bool ready_text(struct db *db, slice sql, struct ready *r, struct err *err)
{
    uint64_t hash = hash64(0, sql);
    bool known = text_known(db, hash);
    if (known || db->n_text < MAX_TEXT_STATEMENTS)
        snprintf(r->name, sizeof r->name, TEXT_STATEMENT "%016llx", (unsigned long long)hash);
    if (known)
        return true;
    char *text = xstrndup(sql.ptr, sql.len);
    bool ok = prepare(db, r->name, text, NULL, err);
    free(text);
    if (ok && *r->name)
        db->text_hashes[db->n_text++] = hash;
    return ok;
}

bool db_run_text(struct db *db, slice sql, const struct db_arg *args, size_t n, struct db_rows *rows_out,
                 struct err *err)
{
    struct ready r = {.args = args, .n_args = n, .rows_out = rows_out};
    if (rows_out)
        *rows_out = (struct db_rows){0};
    return make_ready(db, err) && ready_text(db, sql, &r, err) && run_ready(db, &r, err);
}

/* The settings are sent with the statement; if it fails, the first one is undone with it. */
bool db_run_text_by_value(struct db *db, slice sql, const struct db_arg *args, size_t n,
                          struct db_rows *rows_out, struct err *err)
{
    return db_run_text_beside(db, sql, args, n, rows_out, NULL, err);
}

bool db_run_text_beside(struct db *db, slice sql, const struct db_arg *args, size_t n,
                        struct db_rows *rows_out, const struct db_call *beside, struct err *err)
{
    struct ready all[] = {{.name = "plan_by_value"},
                          {.args = args, .n_args = n, .rows_out = rows_out},
                          {.name = "plan_once"},
                          {.name = ""}};
    size_t n_all = beside ? 4 : 3, failed;
    if (!db->generic_plans && !beside)
        return db_run_text(db, sql, args, n, rows_out, err);
    if (!db->generic_plans) {
        const struct db_call calls[] = {{.text = sql, .args = args, .n_args = n, .rows_out = rows_out},
                                        *beside};
        return db_run_all(db, calls, ARRAY_LEN(calls), err);
    }
    if (rows_out)
        *rows_out = (struct db_rows){0};
    if (beside) {
        all[3] = (struct ready){.args = beside->args, .n_args = beside->n_args, .rows_out = beside->rows_out};
        *beside->rows_out = (struct db_rows){0};
    }
    if (!make_ready(db, err))
        return false;
    if (!db->can_plan_by_value &&
        (!prepare(db, all[0].name, "set plan_cache_mode to force_custom_plan", NULL, err) ||
         !prepare(db, all[2].name, "set plan_cache_mode to force_generic_plan", NULL, err)))
        return false;
    db->can_plan_by_value = true;
    return ready_text(db, sql, &all[1], err) && (!beside || ready_query(db, beside->q, &all[3], err)) &&
           run_pipeline(db, all, n_all, &failed, err);
}

bool db_run_all(struct db *db, const struct db_call *calls, size_t n, struct err *err)
{
    size_t failed;
    assert(n <= DB_CALLS_MAX);
    return db_run_calls(db, calls, n, &failed, err);
}

bool db_run_calls(struct db *db, const struct db_call *calls, size_t n, size_t *failed_out, struct err *err)
{
    struct ready all[GROUP_MAX];
    size_t n_texts = 0;
    *failed_out = n;
    assert(n <= GROUP_MAX);
    for (size_t i = 0; i < n; i++) {
        n_texts += calls[i].text.ptr != NULL;
        all[i] =
            (struct ready){.args = calls[i].args, .n_args = calls[i].n_args, .rows_out = calls[i].rows_out};
        if (calls[i].rows_out)
            *calls[i].rows_out = (struct db_rows){0};
    }
    assert(n_texts <= 1); /* without a name, a second one would replace it */
    if (!make_ready(db, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool ok = calls[i].text.ptr ? ready_text(db, calls[i].text, &all[i], err)
                                    : ready_query(db, calls[i].q, &all[i], err);
        if (!ok) {
            *failed_out = i;
            return false;
        }
    }
    if (n == 1 && !db->n_later)
        return run_ready(db, all, err);
    return run_pipeline(db, all, n, failed_out, err);
}
