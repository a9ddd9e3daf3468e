#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/watch.h"
#include "core/base/clock.h"
#include "core/base/words.h"
#include "core/json/jw.h"
#include "schema/report/notices.h"
#include "schema/report/report_json.h"
#include "schema/report/status.h"
#include <stdio.h>

#define SILENT_MS 30000 /* as in /metrics (monitoring.sql) */

/* ---- JSON ---- */

static void put_jobs(struct jw *w, const struct status *s)
{
    jw_kobject(w, "jobs");
    for (int i = 0; i < JOB_N_STATES; i++)
        jw_ki64(w, job_state_name((enum job_state)i), s->jobs[i]);
    jw_end_object(w);
}

static void put_rate_limits(struct jw *w, const struct status *s)
{
    jw_karray(w, "rate_limits");
    for (size_t i = 0; i < s->n_quotas; i++) {
        report_put_quota(w, &s->quotas[i], true);
    }
    jw_end_array(w);
}

static void put_scheduler(struct jw *w, const struct status *s)
{
    jw_karray(w, "scheduler");
    for (size_t i = 0; i < s->n_entries; i++) {
        jw_object(w);
        jw_kcstr(w, "name", s->entries[i].name);
        jw_kcstr(w, "schedule", s->entries[i].schedule);
        report_put_time(w, "last_run_at", s->entries[i].last_run_at_ms);
        report_put_time(w, "next_run_at", s->entries[i].next_run_at_ms);
        jw_end_object(w);
    }
    jw_end_array(w);
}

static void put_workers(struct jw *w, const struct status *s)
{
    jw_karray(w, "workers");
    for (size_t i = 0; i < s->n_workers; i++) {
        const struct status_worker *worker = &s->workers[i];
        jw_object(w);
        jw_ki64(w, "id", worker->id);
        jw_kcstr(w, "kind", worker->kind);
        jw_kcstr(w, "host", worker->host);
        jw_ki64(w, "pid", worker->pid);
        report_put_time(w, "started_at", worker->started_at_ms);
        report_put_time(w, "heartbeat_at", worker->heartbeat_at_ms);
        jw_key(w, "info");
        if (worker->info.ptr)
            jw_raw(w, worker->info);
        else
            jw_null(w);
        jw_end_object(w);
    }
    jw_end_array(w);
}

static void put_credentials(struct jw *w, const struct status *s)
{
    jw_karray(w, "credentials");
    for (size_t i = 0; i < s->n_credentials; i++) {
        const struct status_credential *c = &s->credentials[i];
        jw_object(w);
        jw_kcstr(w, "credential", c->label);
        jw_kcstr(w, "kind", c->kind);
        jw_kcstr(w, "login", c->login);
        jw_kcstr(w, "scopes", c->scopes);
        report_put_time(w, "benched_until", c->suspended_until_ms);
        jw_kcstr(w, "benched_why", c->suspended_why);
        report_put_time(w, "blocked_until", c->blocked_until_ms);
        jw_ki64(w, "blocks", c->blocks);
        report_put_time(w, "expires", c->ends_at_ms);
        jw_end_object(w);
    }
    jw_end_array(w);
}

static void put_capabilities(struct jw *w, const struct status *s)
{
    jw_karray(w, "capabilities");
    for (size_t i = 0; i < s->n_capabilities; i++) {
        const struct status_capability *c = &s->capabilities[i];
        jw_object(w);
        jw_kcstr(w, "credential", c->credential);
        jw_kcstr(w, "endpoint", c->endpoint);
        jw_kbool(w, "allowed", c->allowed);
        jw_ki64(w, "status", c->status);
        report_put_time(w, "checked_at", c->checked_at_ms);
        report_put_time(w, "next_check_at", c->next_check_at_ms);
        jw_end_object(w);
    }
    jw_end_array(w);
}

/* The core limit of the first credential in use; 0: not known. */
static int64_t limit_of(const struct status *s)
{
    for (size_t i = 0; i < s->n_quotas && s->n_credentials; i++)
        if (strcmp(s->quotas[i].resource, "core") == 0 &&
            strcmp(s->quotas[i].credential, s->credentials[0].label) == 0)
            return s->quotas[i].rate_limit;
    return 0;
}

static size_t notices_of(const struct status *s, struct notice out[MAX_NOTICES])
{
    return notices_make(s->credentials, s->n_credentials, limit_of(s), &s->blocked, clock_wall_ms(), out);
}

static void put_notices(struct jw *w, const struct status *s)
{
    struct notice notices[MAX_NOTICES];
    size_t n = notices_of(s, notices);
    jw_karray(w, "notices");
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_kcstr(w, "code", notices[i].code);
        jw_kcstr(w, "text", notices[i].text);
        report_put_time(w, "since", notices[i].since_ms);
        report_put_time(w, "until", notices[i].until_ms);
        jw_end_object(w);
    }
    jw_end_array(w);
}

static void print_json(const struct status *s)
{
    AUTO_BUF out = {0};
    struct jw w;
    jw_init(&w, &out, 2);
    jw_object(&w);
    put_jobs(&w, s);
    report_put_records(&w, "developers", s->counts.developers_known, s->counts.developers_synced);
    report_put_records(&w, "repositories", s->counts.repositories_known, s->counts.repositories_synced);
    jw_ki64(&w, "follows", s->counts.follows);
    jw_ki64(&w, "stars", s->counts.stars);
    put_rate_limits(&w, s);
    put_credentials(&w, s);
    put_capabilities(&w, s);
    put_scheduler(&w, s);
    put_workers(&w, s);
    report_put_time(&w, "last_discovery", s->last_discovery_ms);
    put_notices(&w, s);
    jw_end_object(&w);
    buf_putc(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
}

/* ---- text ---- */

/* What prevents the use of a credential, and the endpoints it has no access to; usually nothing. */
static void print_credentials(struct buf *out, const struct status *s)
{
    char at[CLOCK_ISO_SIZE], next[CLOCK_ISO_SIZE];
    for (size_t i = 0; i < s->n_credentials; i++) {
        const struct status_credential *c = &s->credentials[i];
        if (c->suspended_until_ms)
            buf_printf(out, "credential    %s is suspended until %s: %s\n", c->label,
                       clock_iso(c->suspended_until_ms, at),
                       c->suspended_why ? c->suspended_why : "GitHub refused it");
        if (c->blocked_until_ms)
            buf_printf(out, "credential    %s is blocked until %s: secondary limit, %lld in a row\n",
                       c->label, clock_iso(c->blocked_until_ms, at), (long long)c->blocks);
    }
    for (size_t i = 0; i < s->n_capabilities; i++) {
        const struct status_capability *c = &s->capabilities[i];
        buf_printf(out, "capability    %s: %s %s (status %lld, %s; again after %s)\n", c->credential,
                   c->endpoint, c->allowed ? "answers" : "is refused", (long long)c->status,
                   clock_iso(c->checked_at_ms, at), clock_iso_or(c->next_check_at_ms, "never", next));
    }
}

/* The quota of a credential that is no longer configured is not shown. */
static bool is_in_use(const struct status *s, const char *label)
{
    for (size_t i = 0; i < s->n_credentials; i++)
        if (strcmp(s->credentials[i].label, label) == 0)
            return true;
    return s->n_credentials == 0;
}

static void print_quotas(struct buf *out, const struct status *s)
{
    char at[CLOCK_ISO_SIZE];
    size_t n = 0;
    for (size_t i = 0; i < s->n_quotas; i++) {
        const struct status_quota *q = &s->quotas[i];
        if (!is_in_use(s, q->credential))
            continue;
        n++;
        buf_printf(out, "quota         %s %s: %lld of %lld left, resets %s\n", q->credential, q->resource,
                   (long long)q->rate_remaining, (long long)q->rate_limit,
                   clock_iso_or(q->rate_reset_ms, "unknown", at));
    }
    if (!n)
        buf_puts(out, "quota         not known yet\n");
}

/* One without a heartbeat for half a minute is stuck or gone; the scheduler removes it later. */
static void print_missing(struct buf *out, const struct status *s, const char *kind, const char *meaning)
{
    int64_t last_ms = 0;
    char ago[WORDS_SIZE];
    for (size_t i = 0; i < s->n_workers; i++)
        if (strcmp(s->workers[i].kind, kind) == 0 && s->workers[i].heartbeat_at_ms > last_ms)
            last_ms = s->workers[i].heartbeat_at_ms;
    int64_t silent_ms = clock_wall_ms() - last_ms;
    if (!s->n_workers || (last_ms && silent_ms < SILENT_MS))
        return;
    if (last_ms)
        buf_printf(out, "note          No %s has sent a heartbeat for %s: %s.\n", kind,
                   words_duration(ago, silent_ms), meaning);
    else
        buf_printf(out, "note          No %s is running: %s.\n", kind, meaning);
}

static void print_text(struct buf *out, const struct status *s)
{
    struct notice notices[MAX_NOTICES];
    size_t n_notices = notices_of(s, notices);
    char one[CLOCK_ISO_SIZE], two[CLOCK_ISO_SIZE], follows[WORDS_SIZE], stars[WORDS_SIZE];
    const struct status_counts *c = &s->counts;
    buf_printf(out, "developers    %lld known, %lld synced\n", (long long)c->developers_known,
               (long long)c->developers_synced);
    buf_printf(out, "repositories  %lld known, %lld synced\n", (long long)c->repositories_known,
               (long long)c->repositories_synced);
    buf_printf(out, "edges         %s, %s\n", words_count(follows, c->follows, "follow", "follows"),
               words_count(stars, c->stars, "star", "stars"));
    buf_printf(out, "jobs         ");
    for (int i = 0; i < JOB_N_STATES; i++)
        buf_printf(out, "%s %lld %s", i ? "," : "", (long long)s->jobs[i], job_state_name((enum job_state)i));
    buf_printf(out, "\nlast discovery %s\n", clock_iso_or(s->last_discovery_ms, "none yet", one));
    print_quotas(out, s);
    print_credentials(out, s);
    for (size_t i = 0; i < s->n_entries; i++)
        buf_printf(out, "schedule      %-20s %-16s last %s, next %s\n", s->entries[i].name,
                   s->entries[i].schedule, clock_iso_or(s->entries[i].last_run_at_ms, "never", one),
                   clock_iso_or(s->entries[i].next_run_at_ms, "never", two));
    for (size_t i = 0; i < s->n_workers; i++)
        buf_printf(out, "worker        %lld %s on %s (process %lld), last heartbeat %s\n",
                   (long long)s->workers[i].id, s->workers[i].kind, s->workers[i].host,
                   (long long)s->workers[i].pid, clock_iso_or(s->workers[i].heartbeat_at_ms, "never", one));
    if (!s->n_workers)
        buf_puts(out, "worker        none is running\n");
    print_missing(out, s, "crawler", "jobs wait until one runs");
    print_missing(out, s, "scheduler", "nothing is scheduled or cleaned up until one runs");
    for (size_t i = 0; i < n_notices; i++)
        buf_printf(out, "note          %s\n", notices[i].text);
}

/* ---- watching ---- */

#define WATCH_SECONDS 2
#define RATE_SAMPLES  31 /* one minute */
#define RATE_FROM_MS                                                                                         \
    10000 /* records and units are reported in portions: over two seconds one of them is thirty a minute */
#define ERRORS_SHOWN 5

struct sample {
    int64_t at_ms, records, used;
};

struct watching {
    struct db *db;
    struct sample samples[RATE_SAMPLES]; /* a ring */
    size_t n;
};

/* Units used in the present windows: falls when one of them ends. */
static int64_t used_of(const struct status *s)
{
    int64_t used = 0;
    for (size_t i = 0; i < s->n_quotas; i++)
        if (is_in_use(s, s->quotas[i].credential))
            used += s->quotas[i].rate_limit - s->quotas[i].rate_remaining;
    return used;
}

static void print_rate(struct watching *w, struct buf *out, const struct status *s)
{
    struct sample now = {clock_mono_ms(), s->counts.developers_synced + s->counts.repositories_synced,
                         used_of(s)};
    w->samples[w->n++ % RATE_SAMPLES] = now;
    const struct sample *then = &w->samples[w->n > RATE_SAMPLES ? w->n % RATE_SAMPLES : 0];
    double minutes = (double)(now.at_ms - then->at_ms) / 60000;
    if (now.at_ms - then->at_ms < RATE_FROM_MS)
        buf_puts(out, "rate          is measured for ten seconds\n");
    else
        buf_printf(out, "rate          %.0f records synced a minute, %.0f units a minute\n",
                   (double)(now.records - then->records) / minutes,
                   (double)(now.used > then->used ? now.used - then->used : 0) / minutes);
}

static bool print_errors(struct buf *out, struct db *db, struct arena *a, struct err *err)
{
    struct status_error *errors;
    size_t n;
    if (!status_errors(db, a, ERRORS_SHOWN, &errors, &n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "error         %s %s: %.200s\n", errors[i].kind, errors[i].subject, errors[i].error);
    if (!n)
        buf_puts(out, "error         none\n");
    return true;
}

/* Waits for a lost database. */
static bool look(void *context, struct buf *out, struct err *err)
{
    struct watching *w = context;
    struct status status;
    char at[CLOCK_ISO_SIZE];
    AUTO_ARENA a = arena_create();
    buf_printf(out, "gitomatic     %s\n", clock_iso(clock_wall_ms(), at));
    bool ok = status_read(w->db, a, &status, err);
    if (ok) {
        print_text(out, &status);
        print_rate(w, out, &status);
        ok = print_errors(out, w->db, a, err);
    }
    if (!ok && err->code == ERR_DB_DOWN) {
        buf_printf(out, "database      %s; waiting for it\n", err->text);
        err_clear(err);
        return true;
    }
    return ok;
}

int cmd_status(const struct command_call *call, struct err *err)
{
    bool json = false, watch = false;
    const atomic_bool *stopped = NULL;
    struct db *db;
    struct status status;
    const struct arg_flag flags[] = {{.name = "--json", .present = &json},
                                     {.name = "--watch", .present = &watch}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), NULL, 0, NULL, err) ||
        (json && watch && !err_set(err, ERR_USAGE, "--json and --watch: expected one of them")) ||
        (watch && !watch_catch_signals(&stopped, err)) ||
        !database_open_checked_until(call->cfg, "gitomatic status", stopped, &db, err))
        return stopped && atomic_load(stopped) ? EXIT_INTERRUPTED : exit_code_of(err);
    if (watch) {
        struct watching watching = {.db = db};
        bool watched = watch_run(look, &watching, WATCH_SECONDS, err);
        db_close(db);
        return watched ? EXIT_DONE : exit_code_of(err);
    }
    AUTO_ARENA a = arena_create();
    AUTO_BUF out = {0};
    bool ok = status_read(db, a, &status, err);
    if (ok && json)
        print_json(&status);
    else if (ok)
        print_text(&out, &status);
    fwrite(out.ptr, 1, out.len, stdout);
    db_close(db);
    return ok ? EXIT_DONE : exit_code_of(err);
}
