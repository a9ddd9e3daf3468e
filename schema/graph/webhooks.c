#include "schema/graph/webhooks.h"

const char *const webhook_states[] = {"active", "gone"};

/* out->id stays 0 if there is none. */
static bool find_same(struct db *db, const struct webhook_new *hook, struct arena *a,
                      struct webhook_added *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_webhooks_same, &rows, err, DB_CSTR(hook->url), DB_CSTR(hook->secret),
                DB_TEXTS(hook->types, hook->n_types), DB_I64S(hook->developers, hook->n_developers),
                DB_I64S(hook->repositories, hook->n_repositories)))
        return false;
    if (rows.n)
        *out = (struct webhook_added){.id = db_i64(&rows, 0, COL_webhooks_same_id),
                                      .state = arena_copy(a, db_text(&rows, 0, COL_webhooks_same_state)).ptr};
    return true;
}

/* The same. */
static bool insert(struct db *db, const struct webhook_new *hook, int64_t most, struct arena *a,
                   struct webhook_added *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    int64_t horizon;
    if (!changes_horizon(db, &horizon, err) ||
        !db_run(db, Q_webhooks_add, &rows, err, DB_CSTR(hook->url), DB_CSTR(hook->secret),
                DB_TEXTS(hook->types, hook->n_types), DB_I64S(hook->developers, hook->n_developers),
                DB_I64S(hook->repositories, hook->n_repositories), DB_I64(horizon + 1), DB_I64(most)))
        return false;
    if (rows.n)
        *out = (struct webhook_added){.id = db_i64(&rows, 0, COL_webhooks_add_id),
                                      .is_new = true,
                                      .state = arena_copy(a, db_text(&rows, 0, COL_webhooks_add_state)).ptr};
    return true;
}

bool webhooks_add(struct db *db, const struct webhook_new *hook, int64_t most, struct arena *a,
                  struct webhook_added *out, struct err *err)
{
    *out = (struct webhook_added){0};
    if (db_begin(db, err) && db_run(db, Q_webhooks_add_lock, NULL, err) && find_same(db, hook, a, out, err) &&
        (out->id || insert(db, hook, most, a, out, err)) && db_commit(db, err))
        return true;
    db_rollback(db);
    return err_wrap(err, "add a webhook");
}

static const slice *texts_at(const struct db_rows *rows, int row, int col, struct arena *a, size_t *n_out)
{
    const slice *borrowed = db_texts(rows, row, col, a, n_out);
    slice *own = arena_array(a, *n_out ? *n_out : 1, sizeof *own);
    for (size_t i = 0; i < *n_out; i++)
        own[i] = slice_from(arena_dup(a, borrowed[i]), borrowed[i].len);
    return own;
}

bool webhooks_count(struct db *db, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_webhooks_count, &rows, err))
        return err_wrap(err, "count webhooks");
    *n_out = db_i64(&rows, 0, COL_webhooks_count_n);
    return true;
}

bool webhooks_list(struct db *db, int64_t id, int64_t size, int64_t skip, struct arena *a,
                   struct webhook **out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_webhooks_list, &rows, err, id ? DB_I64(id) : DB_NULL, DB_I64(size), DB_I64(skip)))
        return err_wrap(err, "list webhooks");
    *out = arena_array(a, rows.n ? (size_t)rows.n : 1, sizeof **out);
    for (int i = 0; i < rows.n; i++) {
        struct webhook *w = &(*out)[(*n_out)++];
        *w =
            (struct webhook){.id = db_i64(&rows, i, COL_webhooks_list_id),
                             .url = arena_copy(a, db_text(&rows, i, COL_webhooks_list_url)).ptr,
                             .state = arena_copy(a, db_text(&rows, i, COL_webhooks_list_state)).ptr,
                             .created_at_ms = db_time(&rows, i, COL_webhooks_list_created_at),
                             .position = {db_i64(&rows, i, COL_webhooks_list_position_id),
                                          db_i64(&rows, i, COL_webhooks_list_position_taken)},
                             .attempt = db_i64(&rows, i, COL_webhooks_list_attempt),
                             .failing_since_ms = db_time(&rows, i, COL_webhooks_list_failing_since),
                             .next_at_ms = db_time(&rows, i, COL_webhooks_list_next_at),
                             .last_status = db_i64(&rows, i, COL_webhooks_list_last_status),
                             .last_error = arena_copy(a, db_text(&rows, i, COL_webhooks_list_last_error)).ptr,
                             .delivered = db_i64(&rows, i, COL_webhooks_list_delivered),
                             .delivered_at_ms = db_time(&rows, i, COL_webhooks_list_delivered_at),
                             .dead_letters = db_i64(&rows, i, COL_webhooks_list_dead_letters)};
        w->types = texts_at(&rows, i, COL_webhooks_list_types, a, &w->n_types);
        w->developers = db_i64s(&rows, i, COL_webhooks_list_developers, a, &w->n_developers);
        w->repositories = db_i64s(&rows, i, COL_webhooks_list_repositories, a, &w->n_repositories);
    }
    return true;
}

static bool changed_one(struct db *db, enum query q, int64_t id, bool *found_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, q, &rows, err, DB_I64(id)))
        return err_wrap(err, "change webhook %lld", (long long)id);
    *found_out = db_i64(&rows, 0, COL_webhooks_remove_n) > 0;
    return true;
}

bool webhooks_remove(struct db *db, int64_t id, bool *found_out, struct err *err)
{
    return changed_one(db, Q_webhooks_remove, id, found_out, err);
}

bool webhooks_resume(struct db *db, int64_t id, bool *found_out, struct err *err)
{
    return changed_one(db, Q_webhooks_resume, id, found_out, err);
}

bool webhooks_dead(struct db *db, int64_t id, struct arena *a, struct webhook_dead **out, size_t *n_out,
                   struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_webhooks_dead, &rows, err, DB_I64(id)))
        return err_wrap(err, "list dead letters");
    *out = arena_array(a, rows.n ? (size_t)rows.n : 1, sizeof **out);
    for (int i = 0; i < rows.n; i++)
        (*out)[(*n_out)++] = (struct webhook_dead){
            arena_copy(a, db_text(&rows, i, COL_webhooks_dead_since)).ptr,
            arena_copy(a, db_text(&rows, i, COL_webhooks_dead_upto)).ptr,
            arena_copy(a, db_text(&rows, i, COL_webhooks_dead_error)).ptr,
            db_i64(&rows, i, COL_webhooks_dead_items), db_time(&rows, i, COL_webhooks_dead_at)};
    return true;
}

/* ---- delivering ---- */

bool webhooks_due(struct db *db, struct arena *a, int64_t **ids_out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_webhooks_due, &rows, err))
        return false;
    *n_out = (size_t)rows.n;
    *ids_out = arena_array(a, rows.n ? (size_t)rows.n : 1, sizeof **ids_out);
    for (int i = 0; i < rows.n; i++)
        (*ids_out)[i] = db_i64(&rows, i, COL_webhooks_due_id);
    return true;
}

bool webhooks_lock(struct db *db, int64_t id, bool *got_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_webhooks_lock, &rows, err, DB_I64(id)))
        return false;
    *got_out = db_bool(&rows, 0, COL_webhooks_lock_locked);
    return true;
}

bool webhooks_unlock(struct db *db, int64_t id, struct err *err)
{
    return db_run(db, Q_webhooks_unlock, NULL, err, DB_I64(id));
}

bool webhooks_read(struct db *db, int64_t id, struct arena *a, bool *found_out, struct webhook_due *out,
                   struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_webhooks_read, &rows, err, DB_I64(id)))
        return false;
    *found_out = rows.n > 0;
    if (!rows.n)
        return true;
    *out = (struct webhook_due){.url = arena_copy(a, db_text(&rows, 0, COL_webhooks_read_url)).ptr,
                                .secret = arena_copy(a, db_text(&rows, 0, COL_webhooks_read_secret)).ptr,
                                .position = {db_i64(&rows, 0, COL_webhooks_read_position_id),
                                             db_i64(&rows, 0, COL_webhooks_read_position_taken)},
                                .attempt = db_i64(&rows, 0, COL_webhooks_read_attempt),
                                .failing_ms = db_i64(&rows, 0, COL_webhooks_read_failing_ms),
                                .oldest = db_i64(&rows, 0, COL_webhooks_read_oldest)};
    out->types = texts_at(&rows, 0, COL_webhooks_read_types, a, &out->n_types);
    out->developers = db_i64s(&rows, 0, COL_webhooks_read_developers, a, &out->n_developers);
    out->repositories = db_i64s(&rows, 0, COL_webhooks_read_repositories, a, &out->n_repositories);
    return true;
}

bool webhooks_delivered(struct db *db, int64_t id, struct changes_position to, int64_t items, int status,
                        struct err *err)
{
    return db_run(db, Q_webhooks_delivered, NULL, err, DB_I64(id), DB_I64(to.id), DB_I64(to.taken),
                  DB_I64(items), DB_I64(status));
}

bool webhooks_failed(struct db *db, int64_t id, int status, const char *error, int64_t wait_ms, bool gone,
                     struct err *err)
{
    return db_run(db, Q_webhooks_failed, NULL, err, DB_I64(id), DB_I64(status), DB_CSTR(error),
                  DB_I64(wait_ms), DB_BOOL(gone));
}

bool webhooks_give_up(struct db *db, int64_t id, struct changes_position to, const char *since,
                      const char *upto, int64_t items, const char *error, struct err *err)
{
    return db_run(db, Q_webhooks_give_up, NULL, err, DB_I64(id), DB_I64(to.id), DB_I64(to.taken),
                  DB_CSTR(since), DB_CSTR(upto), DB_I64(items), DB_CSTR(error));
}
