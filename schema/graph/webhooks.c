#include "schema/graph/webhooks.h"

bool webhooks_add(struct db *db, const struct webhook_new *hook, int64_t *id_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    int64_t horizon;
    if (!changes_horizon(db, &horizon, err) ||
        !db_run(db, Q_webhooks_add, &rows, err, DB_CSTR(hook->url), DB_CSTR(hook->secret),
                DB_TEXTS(hook->types, hook->n_types), DB_I64S(hook->developers, hook->n_developers),
                DB_I64S(hook->repositories, hook->n_repositories), DB_I64(horizon + 1)))
        return err_wrap(err, "add a webhook");
    *id_out = db_i64(&rows, 0, 0);
    return true;
}

static const char *text_at(const struct db_rows *rows, int row, int col, struct arena *a)
{
    slice text = db_text(rows, row, col);
    return text.ptr ? arena_dup(a, text) : NULL;
}

static const slice *texts_at(const struct db_rows *rows, int row, int col, struct arena *a, size_t *n_out)
{
    const slice *borrowed = db_texts(rows, row, col, a, n_out);
    slice *own = arena_array(a, *n_out ? *n_out : 1, sizeof *own);
    for (size_t i = 0; i < *n_out; i++)
        own[i] = slice_from(arena_dup(a, borrowed[i]), borrowed[i].len);
    return own;
}

bool webhooks_list(struct db *db, struct arena *a, struct webhook **out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_webhooks_list, &rows, err))
        return err_wrap(err, "list webhooks");
    *out = arena_array(a, rows.n ? (size_t)rows.n : 1, sizeof **out);
    for (int i = 0; i < rows.n; i++) {
        struct webhook *w = &(*out)[(*n_out)++];
        *w = (struct webhook){.id = db_i64(&rows, i, 0),
                              .url = text_at(&rows, i, 1, a),
                              .state = text_at(&rows, i, 5, a),
                              .created_at_ms = db_time(&rows, i, 6),
                              .position = {db_i64(&rows, i, 7), db_i64(&rows, i, 8)},
                              .attempt = db_i64(&rows, i, 9),
                              .failing_since_ms = db_time(&rows, i, 10),
                              .next_at_ms = db_time(&rows, i, 11),
                              .last_status = db_i64(&rows, i, 12),
                              .last_error = text_at(&rows, i, 13, a),
                              .delivered = db_i64(&rows, i, 14),
                              .delivered_at_ms = db_time(&rows, i, 15),
                              .dead_letters = db_i64(&rows, i, 16)};
        w->types = texts_at(&rows, i, 2, a, &w->n_types);
        w->developers = db_i64s(&rows, i, 3, a, &w->n_developers);
        w->repositories = db_i64s(&rows, i, 4, a, &w->n_repositories);
    }
    return true;
}

static bool changed_one(struct db *db, enum query q, int64_t id, bool *found_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, q, &rows, err, DB_I64(id)))
        return err_wrap(err, "change webhook %lld", (long long)id);
    *found_out = db_i64(&rows, 0, 0) > 0;
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
        (*out)[(*n_out)++] =
            (struct webhook_dead){text_at(&rows, i, 0, a), text_at(&rows, i, 1, a), text_at(&rows, i, 3, a),
                                  db_i64(&rows, i, 2), db_time(&rows, i, 4)};
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
        (*ids_out)[i] = db_i64(&rows, i, 0);
    return true;
}

bool webhooks_lock(struct db *db, int64_t id, bool *got_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_webhooks_lock, &rows, err, DB_I64(id)))
        return false;
    *got_out = db_bool(&rows, 0, 0);
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
    *out = (struct webhook_due){.url = text_at(&rows, 0, 0, a),
                                .secret = text_at(&rows, 0, 1, a),
                                .position = {db_i64(&rows, 0, 5), db_i64(&rows, 0, 6)},
                                .attempt = db_i64(&rows, 0, 7),
                                .failing_ms = db_i64(&rows, 0, 8)};
    out->types = texts_at(&rows, 0, 2, a, &out->n_types);
    out->developers = db_i64s(&rows, 0, 3, a, &out->n_developers);
    out->repositories = db_i64s(&rows, 0, 4, a, &out->n_repositories);
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
