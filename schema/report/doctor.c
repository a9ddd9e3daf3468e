#include "schema/report/doctor.h"

bool doctor_server(struct db *db, struct arena *a, struct doctor_server *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_doctor_server, &rows, err))
        return false;
    *out = (struct doctor_server){
        .version_num = db_i64(&rows, 0, 0),
        .version = arena_dup(a, db_text(&rows, 0, 1)),
        .encoding = arena_dup(a, db_text(&rows, 0, 2)),
        .collate = arena_dup(a, db_text(&rows, 0, 3)),
        .in_recovery = db_bool(&rows, 0, 4),
        .connections_allowed = db_i64(&rows, 0, 5),
        .connections_used = db_i64(&rows, 0, 6),
        .connections_ours = db_i64(&rows, 0, 7),
        .may_create = db_bool(&rows, 0, 8),
        .role = arena_dup(a, db_text(&rows, 0, 9)),
        .has_trgm = db_bool(&rows, 0, 10),
        .trgm_available = db_bool(&rows, 0, 11),
        .size = db_i64(&rows, 0, 12),
        .fsync = db_bool(&rows, 0, 13),
    };
    return true;
}

bool doctor_replica(struct db *db, bool *in_recovery_out, int64_t *lag_ms_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_doctor_replica, &rows, err))
        return false;
    *in_recovery_out = db_bool(&rows, 0, 0);
    *lag_ms_out = db_is_null(&rows, 0, 1) ? -1 : db_i64(&rows, 0, 1);
    return true;
}
