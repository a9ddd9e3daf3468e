#include "schema/queue/quota.h"

bool quota_register(struct db *db, const char *label, const char *kind, int position, struct err *err)
{
    return db_run(db, Q_quota_credential, NULL, err, DB_CSTR(label), DB_CSTR(kind), DB_I64(position)) &&
           db_run(db, Q_quota_bucket, NULL, err, DB_CSTR(label), DB_CSTR("core")) &&
           db_run(db, Q_quota_bucket, NULL, err, DB_CSTR(label), DB_CSTR("graphql"));
}

bool quota_lease(struct db *db, int64_t worker, const char *credential, const char *resource, int64_t want,
                 struct quota_floor floor, struct quota_grant *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct quota_grant){.limit = -1, .spare = -1, .resets_in_ms = -1};
    const struct db_arg bucket[] = {DB_CSTR(credential), DB_CSTR(resource)};
    const struct db_arg lease[] = {DB_I64(worker), bucket[0],           bucket[1],
                                   DB_I64(want),   DB_I64(floor.units), DB_I64(floor.percent)};
    const struct db_call calls[] = {
        {.q = Q_quota_lock, .args = bucket, .n_args = ARRAY_LEN(bucket)},
        {.q = Q_quota_lease, .args = lease, .n_args = ARRAY_LEN(lease), .rows_out = &rows}};
    if (!db_run_all(db, calls, ARRAY_LEN(calls), err))
        return false;
    if (!rows.n)
        return err_set(err, ERR_INTERNAL, "no quota bucket for %s %s", credential, resource);
    out->units = db_i64(&rows, 0, 0);
    out->wait_ms = db_i64(&rows, 0, 1);
    out->unlimited = db_bool(&rows, 0, 2);
    out->limit = db_i64(&rows, 0, 3);
    out->exhausted = db_bool(&rows, 0, 4);
    out->spare = db_i64(&rows, 0, 5);
    out->full = db_i64(&rows, 0, 6);
    out->resets_in_ms = db_i64(&rows, 0, 7);
    return true;
}

bool quota_settle(struct db *db, int64_t worker, const char *credential, const char *resource,
                  const struct quota_report *r, struct err *err)
{
    return db_run(db, Q_quota_settle, NULL, err, DB_I64(worker), DB_CSTR(credential), DB_CSTR(resource),
                  DB_I64(r->used), DB_I64(r->unseen), r->observed ? DB_I64(r->limit) : DB_NULL,
                  r->observed ? DB_I64(r->remaining) : DB_NULL, r->observed ? DB_I64(r->reset_s) : DB_NULL,
                  r->observed ? DB_I64(r->reset_in_ms) : DB_NULL, DB_BOOL(r->unlimited));
}

bool quota_return(struct db *db, int64_t worker, const char *credential, const char *resource, int64_t units,
                  struct err *err)
{
    return db_run(db, Q_quota_return, NULL, err, DB_I64(worker), DB_CSTR(credential), DB_CSTR(resource),
                  DB_I64(units));
}

bool quota_block(struct db *db, const char *credential, int64_t wait_ms, struct err *err)
{
    return db_run(db, Q_quota_block, NULL, err, DB_CSTR(credential), DB_I64(wait_ms));
}

bool quota_unblock(struct db *db, const char *credential, struct err *err)
{
    return db_run(db, Q_quota_unblock, NULL, err, DB_CSTR(credential));
}

bool quota_suspend(struct db *db, const char *credential, int hours, const char *why, struct err *err)
{
    return db_run(db, Q_quota_suspend, NULL, err, DB_CSTR(credential), DB_I64(hours), DB_CSTR(why));
}

bool quota_held(struct db *db, const char *credential, int64_t *for_ms_out, int *blocks_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *for_ms_out = 0;
    *blocks_out = 0;
    if (!db_run(db, Q_quota_held, &rows, err, DB_CSTR(credential)))
        return false;
    if (rows.n) {
        *for_ms_out = db_i64(&rows, 0, 0);
        *blocks_out = (int)db_i64(&rows, 0, 1);
    }
    return true;
}

bool quota_identity(struct db *db, const char *credential, const char *login, const char *scopes,
                    struct err *err)
{
    return db_run(db, Q_quota_identity, NULL, err, DB_CSTR(credential), DB_CSTR(login), DB_CSTR(scopes));
}

bool quota_scopes(struct db *db, const char *credential, struct arena *a, const char **scopes_out,
                  struct err *err)
{
    AUTO_ROWS rows = {0};
    *scopes_out = NULL;
    if (!db_run(db, Q_quota_scopes, &rows, err, DB_CSTR(credential)))
        return false;
    if (rows.n && db_text(&rows, 0, 0).ptr) {
        slice scopes = db_text(&rows, 0, 0);
        *scopes_out = arena_printf(a, "%.*s", SLICE_ARG(scopes));
    }
    return true;
}

bool quota_learned(struct db *db, const char *credential, const char *endpoint, bool *known_out,
                   bool *allowed_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *known_out = *allowed_out = false;
    if (!db_run(db, Q_quota_capability, &rows, err, DB_CSTR(credential), DB_CSTR(endpoint)))
        return false;
    *known_out = rows.n && !db_bool(&rows, 0, 1);
    *allowed_out = rows.n && db_bool(&rows, 0, 0);
    return true;
}

bool quota_may_try(struct db *db, const char *credential, const char *endpoint, bool *allowed_out,
                   struct err *err)
{
    bool known;
    if (!quota_learned(db, credential, endpoint, &known, allowed_out, err))
        return false;
    *allowed_out = *allowed_out || !known;
    return true;
}

bool quota_learn(struct db *db, const char *credential, const char *endpoint, bool allowed, int status,
                 int retry_hours, struct err *err)
{
    return db_run(db, Q_quota_learn, NULL, err, DB_CSTR(credential), DB_CSTR(endpoint), DB_BOOL(allowed),
                  DB_I64(status), DB_I64(retry_hours));
}

bool quota_missed(struct db *db, const char *credential, const char *endpoint, int64_t repository_github_id,
                  bool *refused_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_quota_missed, &rows, err, DB_CSTR(credential), DB_CSTR(endpoint),
                DB_I64(repository_github_id)))
        return false;
    *refused_out = db_bool(&rows, 0, 0);
    return true;
}

bool quota_newcomer(struct db *db, struct err *err)
{
    return db_run(db, Q_quota_newcomer, NULL, err);
}

static bool count(struct db *db, enum query query, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, query, &rows, err))
        return false;
    *n_out = db_i64(&rows, 0, 0);
    return true;
}

bool quota_crawlers(struct db *db, int64_t *n_out, struct err *err)
{
    return count(db, Q_quota_crawlers, n_out, err);
}

bool quota_retry_capabilities(struct db *db, int64_t *n_out, struct err *err)
{
    return count(db, Q_quota_retry_capabilities, n_out, err);
}

bool quota_sharers(struct db *db, int64_t *n_out, struct err *err)
{
    return count(db, Q_quota_sharers, n_out, err);
}
