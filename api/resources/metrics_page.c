/* /metrics: the counters of this process, and the database's. */
#include "api/auth/auth.h"
#include "api/resources/events.h"
#include "api/runtime/connections.h"
#include "api/runtime/metrics.h"
#include "api/runtime/readiness.h"
#include "api/spec/routes.h"
#include "core/config/reload.h"
#include "core/log/exposition.h"
#include "core/log/log.h"
#include "http/tls.h"
#include "schema/db/db_gate.h"
#include "schema/report/monitoring.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void put(struct buf *out, const char *name, const char *type, const char *help, double value)
{
    exposition_head(out, name, type, help);
    exposition_value(out, name, value, NULL);
}

/* ---- this process ---- */

static void put_process(struct buf *out)
{
    struct rusage usage;
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file) {
        if (fscanf(file, "%*s %ld", &pages) != 1)
            pages = 0;
        fclose(file);
    }
    put(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
        (double)pages * (double)sysconf(_SC_PAGESIZE));
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        put(out, "process_cpu_seconds_total", "counter", "Processor time, user and system.",
            (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    put(out, "gitomatic_config_last_reload_successful", "gauge",
        "1: the settings in use are those of the last SIGHUP, or of the start; 0: it was refused.",
        !reload_was_refused());
    if (tls_expires_s())
        put(out, "gitomatic_tls_certificate_expiry_timestamp_seconds", "gauge",
            "When the certificate that is served ends.", (double)tls_expires_s());
    exposition_head(out, "gitomatic_build_info", "gauge", "Always 1; the version is a label.");
    exposition_value(out, "gitomatic_build_info", 1, "version", GITOMATIC_VERSION, NULL);
}

static void put_connections(struct buf *out, const struct api *api)
{
    struct connection_figures f;
    static const char ended[] = "gitomatic_http_connections_ended_total";
    connections_figures(api->connections, &f);
    put(out, "gitomatic_http_connections", "gauge", "Open connections.", f.open);
    put(out, "gitomatic_http_connections_max", "gauge", "Maximum number of connections.", f.limit);
    put(out, "gitomatic_http_connections_total", "counter", "Connections taken.", (double)f.accepted);
    exposition_head(out, ended, "counter", "Connections closed by the server, by reason.");
    exposition_value(out, ended, (double)f.ended_slow, "why", "slow", NULL);
    exposition_value(out, ended, (double)f.ended_idle, "why", "idle", NULL);
    exposition_value(out, ended, (double)f.ended_memory, "why", "memory", NULL);
    put(out, "gitomatic_http_unsent_bytes", "gauge", "Bytes of responses that clients have not read yet.",
        (double)f.answer_bytes);
    put(out, "gitomatic_event_streams", "gauge", "Open streams of events.", event_hub_n_streams(api->events));
    put(out, "gitomatic_event_streams_max", "gauge", "Streams of events there is room for.",
        EVENT_STREAMS_MAX);
}

static void put_cache(struct buf *out, struct auth *auth)
{
    static const char name[] = "gitomatic_cache_requests_total";
    uint64_t hits, misses;
    if (!auth)
        return;
    auth_figures(auth, &hits, &misses);
    exposition_head(out, name, "counter", "Lookups in caches of this process, by cache and result.");
    exposition_value(out, name, (double)hits, "cache", "credentials", "result", "hit", NULL);
    exposition_value(out, name, (double)misses, "cache", "credentials", "result", "miss", NULL);
}

static void put_pool(struct buf *out, const char *name, struct db_pool *pool)
{
    static const char metric[] = "gitomatic_db_connections";
    int open, busy, max;
    db_pool_stats(pool, &open, &busy, &max);
    exposition_value(out, metric, open, "pool", name, "state", "open", NULL);
    exposition_value(out, metric, busy, "pool", name, "state", "busy", NULL);
    exposition_value(out, metric, max, "pool", name, "state", "max", NULL);
}

static void put_pools(struct buf *out, const struct api *api)
{
    exposition_head(out, "gitomatic_db_connections", "gauge", "Connections to PostgreSQL, by pool.");
    put_pool(out, "read", api->read->pool);
    if (api->write != api->read)
        put_pool(out, "write", api->write->pool);
}

/* ---- the database ---- */

static void put_jobs(struct buf *out, const struct monitoring *f)
{
    static const char count[] = "gitomatic_jobs", oldest[] = "gitomatic_jobs_oldest_seconds";
    exposition_head(out, count, "gauge", "Jobs in the queue, by state.");
    for (int i = 0; i < JOB_N_STATES; i++)
        exposition_value(out, count, (double)f->jobs[i].n, "state", job_state_name((enum job_state)i), NULL);
    exposition_head(out, oldest, "gauge",
                    "How long the oldest job has been due (available), running, or known (scheduled).");
    exposition_value(out, oldest, f->jobs[JOB_AVAILABLE].oldest_s, "state", "available", NULL);
    exposition_value(out, oldest, f->jobs[JOB_RUNNING].oldest_s, "state", "running", NULL);
    exposition_value(out, oldest, f->jobs[JOB_SCHEDULED].oldest_s, "state", "scheduled", NULL);
    put(out, "gitomatic_jobs_overdue_seconds", "gauge",
        "How long ago the first scheduled job should have become available.",
        f->jobs[JOB_SCHEDULED].overdue_s);
}

static void put_graph(struct buf *out, const struct monitoring *f)
{
    static const char records[] = "gitomatic_records", edges[] = "gitomatic_edges";
    exposition_head(out, records, "gauge", "Known and synced records.");
    exposition_value(out, records, (double)f->counts.developers_known, "kind", "developer", "state", "known",
                     NULL);
    exposition_value(out, records, (double)f->counts.developers_synced, "kind", "developer", "state",
                     "synced", NULL);
    exposition_value(out, records, (double)f->counts.repositories_known, "kind", "repository", "state",
                     "known", NULL);
    exposition_value(out, records, (double)f->counts.repositories_synced, "kind", "repository", "state",
                     "synced", NULL);
    exposition_head(out, edges, "gauge", "Edges that hold.");
    exposition_value(out, edges, (double)f->counts.follows, "kind", "follow", NULL);
    exposition_value(out, edges, (double)f->counts.stars, "kind", "star", NULL);
    put(out, "gitomatic_hydration_queue", "gauge", "Stubs that wait for hydration.",
        (double)f->hydration_queue);
    put(out, "gitomatic_discovery_last_timestamp_seconds", "gauge",
        "When discovery last finished; 0: no such job is stored.", f->last_discovery_s);
    put(out, "gitomatic_schema_version", "gauge", "The newest applied migration.", (double)f->schema_version);
}

static void put_credentials(struct request *rq, struct buf *out, const struct monitoring *f)
{
    static const char benched[] = "gitomatic_credential_benched_seconds",
                      blocked[] = "gitomatic_credential_blocked_seconds",
                      ends[] = "gitomatic_credential_expiry_timestamp_seconds";
    exposition_head(out, benched, "gauge",
                    "How long a credential that GitHub refused (401) stays suspended.");
    for (size_t i = 0; i < f->n_credentials; i++)
        exposition_value(out, benched, f->credentials[i].benched_s, "credential",
                         arena_dup(rq->arena, f->credentials[i].label), NULL);
    exposition_head(out, blocked, "gauge", "How long a secondary limit pauses a credential.");
    for (size_t i = 0; i < f->n_credentials; i++)
        exposition_value(out, blocked, f->credentials[i].blocked_s, "credential",
                         arena_dup(rq->arena, f->credentials[i].label), NULL);
    exposition_head(out, ends, "gauge", "When a token expires, of those that do.");
    for (size_t i = 0; i < f->n_credentials; i++)
        if (f->credentials[i].ends_s)
            exposition_value(out, ends, f->credentials[i].ends_s, "credential",
                             arena_dup(rq->arena, f->credentials[i].label), NULL);
}

static void put_quotas(struct request *rq, struct buf *out, const struct monitoring *f)
{
    static const struct {
        const char *name, *help;
    } metrics[] = {
        {"gitomatic_github_rate_limit", "GitHub's quota, by credential and resource."},
        {"gitomatic_github_rate_remaining", "Units left of it."},
        {"gitomatic_github_rate_reset_timestamp_seconds", "When it is full again."},
    };
    for (size_t m = 0; m < ARRAY_LEN(metrics); m++) {
        exposition_head(out, metrics[m].name, "gauge", metrics[m].help);
        for (size_t i = 0; i < f->n_quotas; i++) {
            const struct monitoring_quota *q = &f->quotas[i];
            double value = m == 0 ? (double)q->limit : m == 1 ? (double)q->remaining : q->resets_at_s;
            exposition_value(out, metrics[m].name, value, "credential", arena_dup(rq->arena, q->credential),
                             "resource", arena_dup(rq->arena, q->resource), NULL);
        }
    }
}

static bool has_workers(const struct monitoring *f, slice kind)
{
    for (size_t i = 0; i < f->n_workers; i++)
        if (slice_eq(f->workers[i].kind, kind))
            return true;
    return false;
}

static void put_workers(struct request *rq, struct buf *out, const struct monitoring *f)
{
    static const char requests[] = "gitomatic_github_requests_total", workers[] = "gitomatic_workers",
                      silent[] = "gitomatic_workers_silent_seconds";
    static const char *const kinds[] = {"crawler", "mirror", "scheduler"};
    exposition_head(out, requests, "counter", "Answers of GitHub, by outcome and process, since its start.");
    for (size_t i = 0; i < f->n_outcomes; i++) {
        const struct monitoring_outcome *o = &f->outcomes[i];
        exposition_value(out, requests, (double)o->n, "worker",
                         arena_printf(rq->arena, "%lld", (long long)o->worker), "kind",
                         arena_dup(rq->arena, o->kind), "outcome", arena_dup(rq->arena, o->outcome), NULL);
    }
    exposition_head(out, workers, "gauge", "Processes at work, by kind.");
    for (size_t i = 0; i < f->n_workers; i++)
        exposition_value(out, workers, (double)f->workers[i].n, "kind",
                         arena_dup(rq->arena, f->workers[i].kind), NULL);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) /* alerts need 0 instead of absence */
        if (!has_workers(f, slice_of(kinds[i])))
            exposition_value(out, workers, 0, "kind", kinds[i], NULL);
    exposition_head(out, silent, "gauge", "Time since the last heartbeat of any process of the kind.");
    for (size_t i = 0; i < f->n_workers; i++)
        exposition_value(out, silent, f->workers[i].silent_s, "kind",
                         arena_dup(rq->arena, f->workers[i].kind), NULL);
}

static void put_webhooks(struct buf *out, const struct monitoring *f)
{
    static const char name[] = "gitomatic_webhooks";
    exposition_head(out, name, "gauge", "Webhooks by state; failing: the last delivery was not accepted.");
    exposition_value(out, name, (double)f->webhooks_well, "state", "active", NULL);
    exposition_value(out, name, (double)f->webhooks_failing, "state", "failing", NULL);
    exposition_value(out, name, (double)f->webhooks_stopped, "state", "stopped", NULL);
    put(out, "gitomatic_webhook_dead_letters", "gauge", "Deliveries that were given up and are still listed.",
        (double)f->dead_letters);
}

static bool read_from(struct db_gate *gate, struct request *rq, struct monitoring *out, struct err *err)
{
    struct db *db;
    if (!db_gate_acquire(gate, &db, err))
        return false;
    bool ok = monitoring_read(db, rq->arena, out, err);
    db_gate_release(gate, db);
    return ok;
}

/* False: the database is unavailable; this is found without a long wait. *from_replica_out: which database answered. */
static bool read_figures(struct request *rq, enum fault fault, struct monitoring *out, bool *from_replica_out)
{
    struct err err = {0};
    struct api *api = rq->api;
    *from_replica_out = false;
    if (fault_is_of_database(fault))
        return false;
    if (api->read != api->write && read_from(api->read, rq, out, &err))
        return *from_replica_out = true;
    if (read_from(api->write, rq, out, &err))
        return true;
    log_warn("api.no_figures", L_STR("why", err.text));
    return false;
}

static void put_database(struct request *rq, struct buf *out)
{
    static const char faults[] = "gitomatic_database_fault";
    struct monitoring monitoring;
    enum fault fault = readiness_ask(rq->api->readiness);
    bool from_replica, up = read_figures(rq, fault, &monitoring, &from_replica);
    exposition_head(out, faults, "gauge", "1: the present fault of the database or its schema.");
    for (enum fault f = READY + 1; f < N_FAULTS; f++)
        exposition_value(out, faults, f == fault, "fault", fault_name(f), NULL);
    put(out, "gitomatic_database_up", "gauge", "1: the metrics in the database could be read.", up);
    if (!up)
        return;
    put(out, "gitomatic_github_rate_stop_threshold", "gauge",
        "Units of the quota that are left to other clients (RATE_LIMIT_STOP_THRESHOLD of this process).",
        (double)rq->api->cfg->rate_limit_stop_threshold);
    put_jobs(out, &monitoring);
    put_graph(out, &monitoring);
    put_credentials(rq, out, &monitoring);
    put_quotas(rq, out, &monitoring);
    put_workers(rq, out, &monitoring);
    put_webhooks(out, &monitoring);
    if (rq->api->read != rq->api->write)
        put(out, "gitomatic_replica_up", "gauge", "1: reads go to the replica; 0: to the primary instead.",
            from_replica);
    if (from_replica)
        put(out, "gitomatic_replica_lag_seconds", "gauge", "Replication lag of the replica.",
            monitoring.lag_s);
}

bool handle_metrics(struct request *rq, struct response *rs, struct err *err)
{
    struct buf *out = &rs->body;
    (void)err;
    buf_reset(out);
    rs->status = 200;
    rs->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(rq->api->metrics, out);
    put_connections(out, rq->api);
    put_pools(out, rq->api);
    put_cache(out, rq->api->auth);
    put_process(out);
    put_database(rq, out);
    return true;
}
