#include "schema/report/doctor.h"

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
