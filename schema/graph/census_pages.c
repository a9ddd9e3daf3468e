#include "schema/graph/census_pages.h"
#include "schema/graph/pages.h"

/* As pages_save stores them, but with no list's subject, and not queued for hydration. */
static bool save_repositories(struct db *db, slice json, int64_t task_id, struct err *err)
{
    static const int64_t none = 0;
    AUTO_ROWS saved = {0};
    if (!db_run(db, Q_pages_repositories, &saved, err, DB_TEXTS(&json, 1), DB_I64S(&task_id, 1),
                DB_I64S(&none, 1), DB_I64S(&none, 1), DB_I64S(&none, 1)))
        return false;
    slice owners = db_text(&saved, 0, COL_pages_repositories_owners);
    return db_is_null(&saved, 0, COL_pages_repositories_owners) ||
           db_run(db, Q_pages_owners, NULL, err, DB_TEXTS(&owners, 1), DB_I64S(&task_id, 1));
}

bool census_save(struct db *db, enum record_kind kind, slice json, int64_t task_id, struct err *err)
{
    if (!pages_names_ok(json, err))
        return false;
    bool ok = kind == RECORD_DEVELOPER
                  ? db_run(db, Q_pages_users, NULL, err, DB_TEXTS(&json, 1), DB_I64S(&task_id, 1))
                  : save_repositories(db, json, task_id, err);
    return ok && db_later(db, Q_samples_queue_nothing, err, DB_I64(task_id));
}
