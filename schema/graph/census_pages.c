#include "schema/graph/census_pages.h"
#include "schema/graph/pages.h"

bool census_save(struct db *db, enum record_kind kind, slice json, int64_t task_id, struct err *err)
{
    if (!pages_names_ok(json, err))
        return false;
    AUTO_ARENA a = arena_create();
    bool ok = kind == RECORD_DEVELOPER
                  ? db_run(db, Q_pages_users, NULL, err, DB_TEXTS(&json, 1), DB_I64S(&task_id, 1))
                  : pages_save_repositories(db, json, task_id, a, err);
    return ok && db_later(db, Q_samples_queue_nothing, err, DB_I64(task_id));
}
