/* The scheduler's loop: handles due work once a second, and cleans up less often. Each action is one short statement or
 * transaction, guarded in the database, so it may be killed at any point, or run several times. */
#include "core/base/clock.h"
#include "core/base/manager.h"
#include "scheduler/cron.h"
#include "scheduler/scheduler.h"
#include "schema/browse/facets.h"
#include "schema/browse/list_counts.h"
#include "schema/graph/changes.h"
#include "schema/queue/jobs.h"
#include "schema/queue/quota.h"
#include "schema/queue/schedule.h"
#include "schema/report/trends.h"
#include "schema/retention.h"
#include <poll.h>
#include <stdio.h>

#define TICK_MS         1000
#define REAP_EVERY_MS   5000
#define HEARTBEAT_MS    10000
#define COUNTS_EVERY_MS 10000
#define PRUNE_EVERY_MS  60000
#define PRUNE_SELDOM_MS 3600000
#define SAMPLE_EVERY_MS                                                                                      \
    20000 /* looks whether five minutes have begun: a statement of less than a millisecond */
#define FIGURE_EVERY_MS 60000 /* one stored count at a time, so each is renewed every N_FIGURES minutes */
#define FOLD_ROWS       20000
#define FOLD_BITES      10 /* maximum per tick */
#define BACKOFF_MAX_MS  30000

struct scheduler {
    const struct config *cfg;
    const char *database_url;
    struct db *db; /* NULL until the first connection */
    struct arena *arena;
    int stop_fd;
    int64_t worker_id; /* 0: not registered */
    int64_t reap_at_ms, heartbeat_at_ms, prune_at_ms, prune_seldom_at_ms, counts_at_ms, sample_at_ms,
        figure_at_ms; /* monotonic */
    int figure;       /* the next one */
};

/* ---- entries ---- */

/* The schedule's next time after now_ms; SCHEDULE_NEVER for "off". */
static bool next_run(const char *schedule, int64_t now_ms, int64_t *next_out, struct err *err)
{
    struct cron_spec spec;
    *next_out = SCHEDULE_NEVER;
    if (strcmp(schedule, "off") == 0)
        return true;
    if (!cron_parse(slice_of(schedule), &spec, err))
        return false;
    return cron_next(&spec, now_ms, next_out) ||
           err_set(err, ERR_CONFIG, "\"%.60s\" never fires: expected a day that exists, or off", schedule);
}

bool scheduler_check(const struct config *cfg, struct err *err)
{
    int64_t next, now = clock_wall_ms();
    if (!next_run(cfg->discovery_schedule, now, &next, err))
        return err_wrap(err, "DISCOVERY_SCHEDULE");
    if (!next_run(cfg->heartbeat_schedule, now, &next, err))
        return err_wrap(err, "HEARTBEAT_SCHEDULE");
    return true;
}

static bool set_entry(struct scheduler *s, enum job_kind kind, const char *schedule, const char *args,
                      struct err *err)
{
    struct schedule_entry entry = {.name = job_kind_name(kind),
                                   .kind = job_kind_name(kind),
                                   .schedule = schedule,
                                   .args = slice_of(args)};
    int64_t now_ms;
    return schedule_now(s->db, &now_ms, err) && next_run(schedule, now_ms, &entry.next_run_at_ms, err) &&
           schedule_set(s->db, &entry, err);
}

static bool set_entries(struct scheduler *s, struct err *err)
{
    char args[64];
    snprintf(args, sizeof args, "{\"count\": %lld}", (long long)s->cfg->discovery_count);
    return set_entry(s, JOB_DISCOVERY_SCRAPER, s->cfg->discovery_schedule, args, err) &&
           set_entry(s, JOB_HEART_BEAT_TASK, s->cfg->heartbeat_schedule, NULL, err);
}

static bool fire_one(struct scheduler *s, const struct schedule_entry *entry, int64_t now_ms, struct err *err)
{
    enum job_kind kind;
    int64_t next_ms, job_id = 0;
    bool fired;
    struct err bad;
    /* Only manual SQL can create such a row: it is logged once, then disabled until its schedule changes. */
    if (!job_kind_parse(slice_of(entry->kind), &kind) || !next_run(entry->schedule, now_ms, &next_ms, &bad)) {
        log_error("schedule.broken", L_STR("entry", entry->name), L_STR("kind", entry->kind),
                  L_STR("schedule", entry->schedule));
        struct schedule_entry aside = *entry;
        aside.schedule = "off";
        aside.next_run_at_ms = SCHEDULE_NEVER;
        return schedule_set(s->db, &aside, err);
    }
    if (!schedule_fire(s->db, entry, kind, next_ms, &fired, &job_id, err))
        return false;
    if (fired)
        log_info("schedule.fire", L_STR("entry", entry->name), L_I64("job", job_id));
    return true;
}

static bool fire_due(struct scheduler *s, struct err *err)
{
    struct schedule_entry *entries;
    size_t n;
    int64_t now_ms;
    arena_reset(s->arena);
    if (!schedule_due(s->db, s->arena, &entries, &n, &now_ms, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!fire_one(s, &entries[i], now_ms, err))
            return false;
    return true;
}

/* ---- the queue ---- */

static bool wake_due_jobs(struct scheduler *s, struct err *err)
{
    int64_t n;
    return jobs_due(s->db, &n, err) && (n == 0 || jobs_notify(s->db, err));
}

static bool reap(struct scheduler *s, struct err *err)
{
    int64_t workers, jobs;
    if (!workers_reap(s->db, s->worker_id, &workers, &jobs, err))
        return false;
    if (workers)
        log_warn("worker.dead", L_I64("workers", workers), L_I64("jobs_freed", jobs));
    return !jobs || jobs_notify(s->db, err);
}

static bool prune(struct scheduler *s, struct err *err)
{
    int64_t n;
    if (!retention_often(s->db, s->cfg, &n, err))
        return false;
    if (n)
        log_debug("scheduler.pruned", L_I64("rows", n));
    return true;
}

static bool prune_seldom(struct scheduler *s, struct err *err)
{
    int64_t n;
    if (!retention_seldom(s->db, s->cfg, &n, err))
        return false;
    if (n)
        log_info("scheduler.pruned", L_I64("rows", n));
    return true;
}

/* Keeps the number of changes small that the sums by day lack: readers of counts add them up. */
static bool fold(struct scheduler *s, struct err *err)
{
    bool more = true;
    for (int i = 0; i < FOLD_BITES && more; i++) {
        manager_alive(); /* each may take as long as a statement may */
        if (!changes_fold(s->db, FOLD_ROWS, &more, err))
            return false;
    }
    return true;
}

/* The same for the counts of the API's lists. */
static bool fold_counts(struct scheduler *s, struct err *err)
{
    int64_t n;
    return list_counts_fold(s->db, &n, err);
}

/* Counts of long lists, one a minute, so that other work waits for at most one of them. A million records take a second or two. */
static bool keep_figure(struct scheduler *s, struct err *err)
{
    int figure = s->figure;
    s->figure = (figure + 1) % (N_FACETS + 2);
    if (figure < N_FACETS)
        return facets_keep(s->db, (enum facet)figure, err);
    return trends_keep_rising(s->db, figure == N_FACETS ? 7 : 30, err);
}

static bool heartbeat(struct scheduler *s, struct err *err)
{
    bool known;
    if (!workers_heartbeat(s->db, s->worker_id, (slice){NULL, 0}, &known, err))
        return false;
    return known || workers_register(s->db, "scheduler", &s->worker_id, err);
}

static bool is_time(int64_t *at_ms, int64_t every_ms)
{
    int64_t now = clock_mono_ms();
    manager_alive(); /* what came before may have taken as long as a statement may */
    if (now < *at_ms)
        return false;
    *at_ms = now + every_ms;
    return true;
}

/* ---- the loop ---- */

static bool connect_database(struct scheduler *s, struct err *err)
{
    const struct db_options options = {.url = s->database_url, .application = "gitomatic scheduler"};
    return s->db || db_open(&options, &s->db, err);
}

static bool start(struct scheduler *s, struct err *err)
{
    if (!set_entries(s, err) || !workers_register(s->db, "scheduler", &s->worker_id, err))
        return false;
    log_info("scheduler.start", L_I64("worker", s->worker_id), L_STR("discovery", s->cfg->discovery_schedule),
             L_STR("heartbeat", s->cfg->heartbeat_schedule));
    return true;
}

static bool tick(struct scheduler *s, struct err *err)
{
    if (!connect_database(s, err) || (!s->worker_id && !start(s, err)))
        return false;
    return wake_due_jobs(s, err) && fire_due(s, err) && fold(s, err) &&
           (!is_time(&s->reap_at_ms, REAP_EVERY_MS) || reap(s, err)) &&
           (!is_time(&s->heartbeat_at_ms, HEARTBEAT_MS) || heartbeat(s, err)) &&
           (!is_time(&s->prune_at_ms, PRUNE_EVERY_MS) || prune(s, err)) &&
           (!is_time(&s->prune_seldom_at_ms, PRUNE_SELDOM_MS) || prune_seldom(s, err)) &&
           (!is_time(&s->sample_at_ms, SAMPLE_EVERY_MS) || quota_sample(s->db, err)) &&
           (!is_time(&s->figure_at_ms, FIGURE_EVERY_MS) || keep_figure(s, err)) &&
           (!is_time(&s->counts_at_ms, COUNTS_EVERY_MS) || fold_counts(s, err));
}

/* True when the process must stop. */
static bool wait_for_stop(int stop_fd, int64_t ms)
{
    struct pollfd fd = {.fd = stop_fd, .events = POLLIN};
    return poll(&fd, 1, (int)ms) > 0;
}

static void loop(struct scheduler *s)
{
    int64_t wait_ms = TICK_MS;
    manager_ready();
    do {
        struct err err;
        manager_alive();
        if (tick(s, &err)) {
            wait_ms = TICK_MS;
            continue;
        }
        if (s->db)
            db_rollback(s->db);
        if (!s->db || !db_is_up(s->db)) /* the session held this worker's lock */
            s->worker_id = 0;
        log_warn("scheduler.database", L_STR("error", err.text), L_I64("again_in_ms", wait_ms));
        wait_ms = wait_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : wait_ms * 2;
    } while (!wait_for_stop(s->stop_fd, wait_ms));
}

bool scheduler_run(const struct config *cfg, const char *database_url, int stop_fd, struct err *err)
{
    struct scheduler s = {.cfg = cfg, .database_url = database_url, .stop_fd = stop_fd};
    struct err ignored;
    /* The database was available a moment ago (database_wait). If it is lost from here on, the loop waits for it. */
    if (!scheduler_check(cfg, err) ||
        (!connect_database(&s, err) && err_code_retry(err->code) == RETRY_NEVER))
        return false;
    s.arena = arena_create();
    loop(&s);
    manager_stopping();
    if (s.worker_id && db_is_up(s.db) && !workers_remove(s.db, s.worker_id, &ignored))
        log_warn("scheduler.leave", L_STR("error", ignored.text));
    log_info("scheduler.stop");
    arena_destroy(s.arena);
    db_close(s.db);
    return true;
}
