#include "schema/report/doctor.h"
#include "core/base/buf.h"
#include <stdio.h>

#define MAX_NAMES 5

bool doctor_server(struct db *db, struct arena *a, struct doctor_server *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_doctor_server, &rows, err))
        return false;
    *out = (struct doctor_server){
        .version_num = db_i64(&rows, 0, COL_doctor_server_version_num),
        .version = arena_dup(a, db_text(&rows, 0, COL_doctor_server_version)),
        .encoding = arena_dup(a, db_text(&rows, 0, COL_doctor_server_encoding)),
        .collate = arena_dup(a, db_text(&rows, 0, COL_doctor_server_collate)),
        .in_recovery = db_bool(&rows, 0, COL_doctor_server_in_recovery),
        .connections_allowed = db_i64(&rows, 0, COL_doctor_server_connections_allowed),
        .connections_used = db_i64(&rows, 0, COL_doctor_server_connections_used),
        .connections_ours = db_i64(&rows, 0, COL_doctor_server_connections_ours),
        .may_create = db_bool(&rows, 0, COL_doctor_server_may_create),
        .role = arena_dup(a, db_text(&rows, 0, COL_doctor_server_role)),
        .has_trgm = db_bool(&rows, 0, COL_doctor_server_has_trgm),
        .trgm_available = db_bool(&rows, 0, COL_doctor_server_trgm_available),
        .size = db_i64(&rows, 0, COL_doctor_server_size),
        .fsync = db_bool(&rows, 0, COL_doctor_server_fsync),
        .trgm_schema = db_is_null(&rows, 0, COL_doctor_server_trgm_schema)
                           ? NULL
                           : arena_dup(a, db_text(&rows, 0, COL_doctor_server_trgm_schema)),
        .trgm_reached = !db_is_null(&rows, 0, COL_doctor_server_trgm_reached) &&
                        db_bool(&rows, 0, COL_doctor_server_trgm_reached),
        .read_only = db_bool(&rows, 0, COL_doctor_server_read_only),
        .tables_refused = db_i64(&rows, 0, COL_doctor_server_tables_refused),
    };
    return true;
}

bool doctor_replica(struct db *db, bool *in_recovery_out, int64_t *lag_ms_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_doctor_replica, &rows, err))
        return false;
    *in_recovery_out = db_bool(&rows, 0, COL_doctor_replica_in_recovery);
    *lag_ms_out =
        db_is_null(&rows, 0, COL_doctor_replica_lag_ms) ? -1 : db_i64(&rows, 0, COL_doctor_replica_lag_ms);
    return true;
}

static const char *text_or_null(struct arena *a, const struct db_rows *rows, int column)
{
    return db_is_null(rows, 0, column) ? NULL : arena_dup(a, db_text(rows, 0, column));
}

bool doctor_collation(struct db *db, struct arena *a, const char **made_with_out, const char **present_out,
                      struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_doctor_collation, &rows, err))
        return false;
    *made_with_out = text_or_null(a, &rows, COL_doctor_collation_made_with);
    *present_out = text_or_null(a, &rows, COL_doctor_collation_present);
    return true;
}

static bool find_missing(struct db *db, struct arena *a, struct doctor_objects *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_doctor_missing, &rows, err))
        return false;
    AUTO_BUF b = {0};
    for (int i = 0; i < rows.n && i < MAX_NAMES; i++)
        buf_printf(&b, "%s%.*s", i ? ", " : "", SLICE_ARG(db_text(&rows, i, COL_doctor_missing_name)));
    if (rows.n > MAX_NAMES)
        buf_printf(&b, " and %d more", rows.n - MAX_NAMES);
    out->missing = rows.n ? arena_dup(a, buf_slice(&b)) : NULL;
    return true;
}

struct trial {
    struct arena *arena;
    const char *why;
};

static void keep_first(void *context, const char *name, const char *why)
{
    struct trial *t = context;
    char text[400];
    if (t->why)
        return;
    snprintf(text, sizeof text, "%s (statement %s)", why ? why : "refused", name);
    t->why = arena_dup(t->arena, slice_of(text));
}

bool doctor_objects(struct db *db, struct arena *a, struct doctor_objects *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct trial trial = {.arena = a};
    *out = (struct doctor_objects){0};
    if (!find_missing(db, a, out, err) || !db_try_statements(db, keep_first, &trial, err) ||
        !db_run(db, Q_doctor_refused, &rows, err))
        return false;
    out->refused = trial.why;
    if (rows.n) {
        out->secured = text_or_null(a, &rows, COL_doctor_refused_secured);
        out->secured_refused = db_bool(&rows, 0, COL_doctor_refused_is_refused);
        out->sequences = text_or_null(a, &rows, COL_doctor_refused_sequences);
        out->functions = text_or_null(a, &rows, COL_doctor_refused_functions);
    }
    return true;
}
