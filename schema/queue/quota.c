#include "schema/queue/quota.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include <stdatomic.h>

static bool add_buckets(struct db *db, const char *label, struct err *err)
{
    return db_run(db, Q_quota_bucket, NULL, err, DB_CSTR(label), DB_CSTR("core")) &&
           db_run(db, Q_quota_bucket, NULL, err, DB_CSTR(label), DB_CSTR("graphql"));
}

bool quota_register(struct db *db, const char *label, const char *kind, int position, struct err *err)
{
    return db_run(db, Q_quota_credential, NULL, err, DB_CSTR(label), DB_CSTR(kind), DB_I64(position)) &&
           add_buckets(db, label, err);
}

bool quota_use(struct db *db, const char *label, const char *kind, int position, bool in_use, struct err *err)
{
    if (!in_use)
        return db_run(db, Q_quota_ended, NULL, err, DB_CSTR(label));
    return db_run(db, Q_quota_seen, NULL, err, DB_CSTR(label), DB_CSTR(kind), DB_I64(position)) &&
           add_buckets(db, label, err);
}

/* ---- the store that github/quota.h leases from ---- */

static bool is_away(const struct quota_ctx *q, struct err *err)
{
    return !q->db && !err_set(err, ERR_DB_DOWN, "the database is unavailable");
}

/* A limit below the units left for others never allows a request: this is logged. */
static void warn_of_threshold(const struct config *cfg, const char *credential, const char *resource,
                              const struct quota_grant *grant)
{
    static _Atomic bool said;
    if (grant->units || grant->limit <= 0 || grant->limit > cfg->rate_limit_stop_threshold ||
        atomic_exchange(&said, true))
        return;
    log_warn("quota.threshold_over_limit", L_STR("credential", credential), L_STR("resource", resource),
             L_I64("limit", grant->limit),
             L_I64("RATE_LIMIT_STOP_THRESHOLD", cfg->rate_limit_stop_threshold));
}

static bool lease(void *ctx, const char *credential, const char *resource, enum quota_purpose purpose,
                  int64_t want, struct quota_grant *out, struct err *err)
{
    const struct quota_ctx *q = ctx;
    AUTO_ROWS rows = {0};
    *out = (struct quota_grant){.limit = -1, .spare = -1, .resets_in_ms = -1};
    const struct db_arg bucket[] = {DB_CSTR(credential), DB_CSTR(resource)};
    const struct db_arg lease[] = {DB_I64(q->worker_id),
                                   bucket[0],
                                   bucket[1],
                                   DB_I64(want),
                                   DB_I64(q->cfg->rate_limit_stop_threshold),
                                   DB_I64(purpose == QUOTA_BACKGROUND ? q->cfg->discovery_quota_share : 0)};
    const struct db_call calls[] = {
        {.q = Q_quota_lock, .args = bucket, .n_args = ARRAY_LEN(bucket)},
        {.q = Q_quota_lease, .args = lease, .n_args = ARRAY_LEN(lease), .rows_out = &rows}};
    if (is_away(q, err) || !db_run_all(q->db, calls, ARRAY_LEN(calls), err))
        return false;
    if (!rows.n)
        return err_set(err, ERR_INTERNAL, "no quota bucket for %s %s", credential, resource);
    out->units = db_i64(&rows, 0, COL_quota_lease_units);
    out->wait_ms = db_i64(&rows, 0, COL_quota_lease_wait_ms);
    out->unlimited = db_bool(&rows, 0, COL_quota_lease_unlimited);
    out->limit = db_i64(&rows, 0, COL_quota_lease_rate_limit);
    out->exhausted = db_bool(&rows, 0, COL_quota_lease_exhausted);
    out->spare = db_i64(&rows, 0, COL_quota_lease_spare);
    out->full = db_i64(&rows, 0, COL_quota_lease_full_units);
    out->resets_in_ms = db_i64(&rows, 0, COL_quota_lease_resets_in_ms);
    warn_of_threshold(q->cfg, credential, resource, out);
    return true;
}

static struct db_arg observed(const struct quota_report *r, int64_t value)
{
    return r->observed ? DB_I64(value) : DB_NULL;
}

static bool settle(void *ctx, const char *credential, const char *resource, const struct quota_report *r,
                   bool *raised_out, struct err *err)
{
    const struct quota_ctx *q = ctx;
    AUTO_ROWS rows = {0};
    *raised_out = false;
    if (is_away(q, err) ||
        !db_run(q->db, Q_quota_settle, &rows, err, DB_I64(q->worker_id), DB_CSTR(credential),
                DB_CSTR(resource), DB_I64(r->used), DB_I64(r->unseen), observed(r, r->limit),
                observed(r, r->remaining), observed(r, r->reset_s), observed(r, r->reset_in_ms),
                DB_BOOL(r->unlimited), DB_I64(r->spent[QUOTA_ASKED]), DB_I64(r->spent[QUOTA_BACKGROUND]),
                observed(r, clock_mono_ms() - r->asked_ms)))
        return false;
    *raised_out = rows.n && db_bool(&rows, 0, COL_quota_settle_raised);
    if (*raised_out)
        log_info("quota.raised", L_STR("credential", credential), L_STR("resource", resource),
                 L_I64("limit", r->limit));
    return true;
}

static bool give_back(void *ctx, const char *credential, const char *resource, int64_t units, struct err *err)
{
    const struct quota_ctx *q = ctx;
    return !is_away(q, err) && db_run(q->db, Q_quota_return, NULL, err, DB_I64(q->worker_id),
                                      DB_CSTR(credential), DB_CSTR(resource), DB_I64(units));
}

const struct quota_store quota_store = {lease, settle, give_back};

/* ---- over time ---- */

bool quota_sample(struct db *db, struct err *err)
{
    return db_run(db, Q_quota_sample, NULL, err);
}

bool quota_history(struct db *db, int64_t since_ms, int64_t until_ms, slice credential, slice resource,
                   struct db_rows *rows_out, struct err *err)
{
    return db_run(db, Q_quota_history, rows_out, err, DB_TIME(since_ms), DB_TIME(until_ms),
                  DB_TEXT(credential), DB_TEXT(resource), DB_I64(QUOTA_MAX_SAMPLES));
}

void quota_sample_from_row(const struct db_rows *rows, int row, struct quota_sample *out)
{
    *out = (struct quota_sample){
        .at_ms = db_time(rows, row, COL_quota_history_at),
        .credential = db_text(rows, row, COL_quota_history_credential),
        .resource = db_text(rows, row, COL_quota_history_resource),
        .rate_limit = db_is_null(rows, row, COL_quota_history_rate_limit)
                          ? -1
                          : db_i64(rows, row, COL_quota_history_rate_limit),
        .rate_remaining = db_is_null(rows, row, COL_quota_history_rate_remaining)
                              ? -1
                              : db_i64(rows, row, COL_quota_history_rate_remaining),
        .people = db_i64(rows, row, COL_quota_history_people),
        .discovery = db_i64(rows, row, COL_quota_history_discovery),
        .mirror = db_i64(rows, row, COL_quota_history_mirror),
    };
}

/* ---- the state of a credential ---- */

bool quota_block(struct db *db, const char *credential, int64_t wait_ms, struct err *err)
{
    return db_run(db, Q_quota_block, NULL, err, DB_CSTR(credential), DB_I64(wait_ms));
}

bool quota_hold(struct db *db, const char *credential, int64_t wait_ms, struct err *err)
{
    return db_run(db, Q_quota_hold, NULL, err, DB_CSTR(credential), DB_I64(wait_ms));
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
        *for_ms_out = db_i64(&rows, 0, COL_quota_held_wait_ms);
        *blocks_out = (int)db_i64(&rows, 0, COL_quota_held_blocks);
    }
    return true;
}

bool quota_holds(struct db *db, struct db_rows *rows_out, struct err *err)
{
    return db_run(db, Q_quota_holds, rows_out, err);
}

void quota_hold_from_row(const struct db_rows *rows, int row, struct quota_hold *out)
{
    *out = (struct quota_hold){.credential = db_text(rows, row, COL_quota_holds_label),
                               .for_ms = db_i64(rows, row, COL_quota_holds_wait_ms),
                               .blocks = (int)db_i64(rows, row, COL_quota_holds_blocks)};
}

bool quota_used_up(struct db *db, const char *credential, const char *resource, const struct quota_report *r,
                   bool *raised_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = db_run(db, Q_quota_used_up, &rows, err, DB_CSTR(credential), DB_CSTR(resource),
                     DB_I64(r->reset_s), DB_I64(r->reset_in_ms), r->limit < 0 ? DB_NULL : DB_I64(r->limit),
                     DB_I64(clock_mono_ms() - r->asked_ms));
    *raised_out = ok && db_bool(&rows, 0, COL_quota_used_up_raised);
    return ok;
}

bool quota_used_up_now(struct db *db, struct db_rows *rows_out, struct err *err)
{
    return db_run(db, Q_quota_used_up_now, rows_out, err);
}

bool quota_says_raised(const char *message)
{
    return strncmp(message, "raised ", 7) == 0;
}

void quota_used_up_from_row(const struct db_rows *rows, int row, struct quota_used_up *out)
{
    *out = (struct quota_used_up){db_text(rows, row, COL_quota_used_up_now_credential),
                                  db_text(rows, row, COL_quota_used_up_now_resource),
                                  db_i64(rows, row, COL_quota_used_up_now_wait_ms)};
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
    if (rows.n && db_text(&rows, 0, COL_quota_scopes_scopes).ptr) {
        slice scopes = db_text(&rows, 0, COL_quota_scopes_scopes);
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
    *known_out = rows.n && !db_bool(&rows, 0, COL_quota_capability_due);
    *allowed_out = rows.n && db_bool(&rows, 0, COL_quota_capability_allowed);
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
    *refused_out = db_bool(&rows, 0, COL_quota_missed_missed);
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

bool quota_share(struct db *db, int most, int *n_processes_out, int *in_flight_out, struct err *err)
{
    int64_t n;
    if (!count(db, Q_quota_sharers, &n, err))
        return false;
    if (n < 1)
        n = 1;
    int64_t share = (QUOTA_IN_FLIGHT - QUOTA_FOR_NEWCOMERS) / n;
    *in_flight_out = (int)(share < 1 ? 1 : share > most ? most : share);
    *n_processes_out = (int)n;
    return true;
}
