#include "cli/doctor/database.h"
#include "api/api.h"
#include "cli/database.h"
#include "schema/migrate.h"
#include "schema/report/doctor.h"
#include "schema/report/status.h"
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#define LEAST_VERSION    150000
#define LAG_MS           30000
#define DISK_LOW_MB      1024
#define DISK_CRITICAL_MB 200
#define DISK_LOW_FILES   1000
/* Connections of a crawler, a scheduler and a mirror, and of an API beside API_CONNECTIONS and API_STREAMS: for webhooks, event
 * streams and notifications (docs/operations.md, "Resources"). */
#define OTHER_CONNECTIONS (4 + 1 + 6 + 3 + 1 + 1)

static void judge_server(const struct config *cfg, const struct doctor_server *s, struct findings *f)
{
    bool old = s->version_num < LEAST_VERSION;
    finding_add(f, "database", old ? FINDING_PROBLEM : FINDING_OK, old ? "Use PostgreSQL 15 or newer." : NULL,
                "PostgreSQL %s, %lld MB", s->version, (long long)(s->size >> 20));
    if (strcmp(s->encoding, "UTF8") != 0)
        finding_add(f, "encoding", strcmp(s->encoding, "SQL_ASCII") == 0 ? FINDING_WARNING : FINDING_PROBLEM,
                    "Create the database with: createdb -T template0 -E UTF8 NAME",
                    "the database's encoding is %s: it cannot hold every name, expected UTF8", s->encoding);
    else
        finding_add(f, "encoding", FINDING_OK, NULL, "UTF8, collation %s", s->collate);
    if (s->in_recovery)
        finding_add(
            f, "database", FINDING_PROBLEM,
            "Let DATABASE_URL name the primary, or several hosts with target_session_attrs=read-write.",
            "DATABASE_URL leads to a replica, which cannot be written");
    else if (s->read_only)
        finding_add(f, "database", FINDING_PROBLEM,
                    "Find out who set default_transaction_read_only (for the server, the database, the role "
                    "or in DATABASE_URL), and why; then set it to off.",
                    "transactions are read-only, so nothing can be stored");
    if (s->tables_refused)
        finding_add(f, "rights", FINDING_PROBLEM,
                    "Use the role that owns the tables, or grant it select, insert, update, delete.",
                    "the role %s may not read and write %lld of the tables", s->role,
                    (long long)s->tables_refused);
    if (s->has_trgm && !s->trgm_reached)
        finding_add(
            f, "extension", FINDING_PROBLEM,
            "Add that schema to search_path (alter role ... set search_path), or run: alter extension "
            "pg_trgm set schema public",
            "pg_trgm is in the schema %s, which is not in search_path", s->trgm_schema);
    if (!s->has_trgm)
        finding_add(
            f, "extension", s->trgm_available ? FINDING_WARNING : FINDING_PROBLEM,
            s->trgm_available
                ? "Run gitomatic migrate; without the right to: CREATE EXTENSION pg_trgm as a superuser."
                : "Install it on the server (Debian: postgresql-15 has it; others: postgresql-contrib).",
            "pg_trgm is %s", s->trgm_available ? "not created yet" : "not installed on the server");
    if (!s->fsync)
        finding_add(f, "database", FINDING_WARNING, "Set fsync = on in postgresql.conf.",
                    "fsync is off: a crash of the machine can destroy the database");
    int64_t wanted = cfg->api_connections + API_STREAMS + OTHER_CONNECTIONS;
    int64_t left = s->connections_allowed - s->connections_used + s->connections_ours;
    finding_add(f, "connections", left < wanted ? FINDING_WARNING : FINDING_OK,
                left < wanted ? "Raise max_connections, or lower API_CONNECTIONS." : NULL,
                "%lld of %lld in use, %lld by gitomatic; one process of each kind takes up to %lld",
                (long long)s->connections_used, (long long)s->connections_allowed,
                (long long)s->connections_ours, (long long)wanted);
}

/* An upgrade of the system's libraries may sort texts otherwise than the existing indexes do; rows are not found then, and unique
 * names come twice. */
static void judge_collation(struct db *db, struct arena *a, const struct doctor_server *s, struct findings *f)
{
    const char *made_with, *present;
    struct err err;
    if (s->version_num < LEAST_VERSION)
        return;
    if (!doctor_collation(db, a, &made_with, &present, &err))
        finding_add(f, "collation", FINDING_PROBLEM, "See PostgreSQL's log.", "%s", err.text);
    else if (made_with && present && strcmp(made_with, present) != 0)
        finding_add(
            f, "collation", FINDING_WARNING,
            "Stop gitomatic, then run as the database's owner: psql -d NAME -c 'reindex database NAME' "
            "-c 'alter database NAME refresh collation version'",
            "the indexes were made with version %s of the collation %s, and the server has %s: texts may "
            "not be found",
            made_with, s->collate, present);
}

#define AS_MIGRATED                                                                                          \
    "Undo the change; `pg_dump --schema-only` of another database after gitomatic migrate shows how it was."

static void judge_objects(struct db *db, struct arena *a, const char *role, struct findings *f)
{
    struct doctor_objects o;
    struct err err;
    if (!doctor_objects(db, a, &o, &err)) {
        finding_add(f, "schema", FINDING_PROBLEM, "See PostgreSQL's log.", "%s", err.text);
        return;
    }
    if (o.missing)
        finding_add(f, "schema", FINDING_PROBLEM, AS_MIGRATED,
                    "the database lacks, or has invalid or disabled: %s", o.missing);
    if (o.refused)
        finding_add(f, "schema", FINDING_PROBLEM, AS_MIGRATED, "a statement is refused: %s", o.refused);
    if (o.secured && o.secured_refused)
        finding_add(f, "rights", FINDING_PROBLEM,
                    "Run: alter role NAME bypassrls; or, where its policies let the role see all rows, set "
                    "PGOPTIONS='-c row_security=on' for every process.",
                    "row level security applies to the role %s, so statements on these tables fail: %s", role,
                    o.secured);
    else if (o.secured)
        finding_add(f, "rights", FINDING_WARNING,
                    "Let the policies show the role all rows, or run: alter role NAME bypassrls.",
                    "row_security is on: answers lack what row level security hides from the role %s: %s",
                    role, o.secured);
    if (o.sequences)
        finding_add(f, "rights", FINDING_PROBLEM, "Run: grant usage on the sequences to the role.",
                    "the role %s may not use the sequences %s", role, o.sequences);
    if (o.functions)
        finding_add(f, "rights", FINDING_PROBLEM,
                    "Run: grant execute on all functions in schema NAME to ROLE.",
                    "the role %s may not use the functions %s", role, o.functions);
    if (!o.missing && !o.refused)
        finding_add(f, "schema", FINDING_OK, NULL, "is this program's");
}

static void judge_schema(struct db *db, struct arena *a, const struct doctor_server *s, struct findings *f)
{
    struct err err;
    bool current;
    if (!schema_status(db, NULL, &current, &err))
        finding_add(f, "schema", FINDING_PROBLEM,
                    err.code == ERR_SCHEMA
                        ? "Use the gitomatic that the database belongs to, or another database."
                        : "See PostgreSQL's log.",
                    "%s", err.text);
    else if (!current)
        finding_add(f, "schema", FINDING_PROBLEM,
                    s->may_create ? "Run gitomatic migrate."
                                  : "Run gitomatic migrate as a role that may create tables.",
                    "the database is not at this program's schema");
    else
        judge_objects(db, a, s->role, f);
}

static void look_at_replica(const struct config *cfg, struct findings *f)
{
    const struct db_options options = {
        .url = cfg->database_read_url, .application = "gitomatic doctor", .read_only = true};
    struct db *db;
    struct err err;
    bool in_recovery;
    int64_t lag_ms;
    if (!db_open(&options, &db, &err)) {
        finding_add(f, "replica", FINDING_PROBLEM, "Check DATABASE_READ_URL and that the replica runs.", "%s",
                    err.text);
        return;
    }
    if (!doctor_replica(db, &in_recovery, &lag_ms, &err))
        finding_add(f, "replica", FINDING_PROBLEM, "See the replica's log.", "%s", err.text);
    else if (!in_recovery)
        finding_add(f, "replica", FINDING_WARNING, "Let it name a replica, or leave it out.",
                    "DATABASE_READ_URL leads to a primary");
    else if (lag_ms < 0)
        finding_add(f, "replica", FINDING_WARNING, "See pg_stat_replication on the primary.",
                    "has replayed nothing since it started; its data may be old");
    else if (lag_ms > LAG_MS)
        finding_add(f, "replica", FINDING_WARNING, "See pg_stat_replication on the primary.",
                    "is %lld s behind the primary", (long long)lag_ms / 1000);
    else
        finding_add(f, "replica", FINDING_OK, NULL, "is %.1f s behind the primary", (double)lag_ms / 1000);
    db_close(db);
}

/* Nothing is said of a database that cannot tell: its schema is judged elsewhere. */
static int64_t count_waiting(struct db *db, struct arena *a)
{
    struct status status;
    struct err ignored;
    return status_brief(db, a, &status, &ignored) ? status.blocked.n_waiting : 0;
}

void doctor_database(const struct config *cfg, struct findings *f, int64_t *waiting_out)
{
    AUTO_ARENA a = arena_create();
    struct doctor_server server;
    struct db *db;
    struct err err;
    *waiting_out = 0;
    if (!database_open(cfg, "gitomatic doctor", &db, &err)) {
        finding_add(f, "database", FINDING_PROBLEM,
                    database_is_given(cfg)
                        ? "Check DATABASE_URL (or libpq's PG* variables), and that the server runs."
                    : database_is_demo(cfg)
                        ? "Start `gitomatic up --demo`, or set GITOMATIC_DATA or DATABASE_URL."
                        : "Start `gitomatic up`, or set GITOMATIC_DATA or DATABASE_URL.",
                    "%s", err.text);
    } else {
        if (doctor_server(db, a, &server, &err)) {
            judge_server(cfg, &server, f);
            judge_collation(db, a, &server, f);
            judge_schema(db, a, &server, f);
            *waiting_out = count_waiting(db, a);
        } else {
            finding_add(f, "database", FINDING_PROBLEM, "See PostgreSQL's log.", "%s", err.text);
        }
        db_close(db);
    }
    if (cfg->database_read_url)
        look_at_replica(cfg, f);
}

void doctor_disk(const struct config *cfg, struct findings *f)
{
    struct statvfs fs;
    if (database_is_given(cfg))
        return; /* it is another machine's, or another program's */
    if (statvfs(cfg->data_dir, &fs)) {
        if (errno != ENOENT)
            finding_add(f, "disk", FINDING_PROBLEM, "Run as the user who owns it.", "%s: %s", cfg->data_dir,
                        strerror(errno));
        return;
    }
    int64_t mb = (int64_t)((uint64_t)fs.f_bavail * fs.f_frsize >> 20);
    if (fs.f_files && fs.f_favail < DISK_LOW_FILES)
        finding_add(f, "disk", FINDING_PROBLEM,
                    "Remove small files there, or make the file system with more inodes.",
                    "%lld more files (inodes) fit for %s", (long long)fs.f_favail, cfg->data_dir);
    finding_add(f, "disk",
                mb < DISK_CRITICAL_MB ? FINDING_PROBLEM
                : mb < DISK_LOW_MB    ? FINDING_WARNING
                                      : FINDING_OK,
                mb < DISK_LOW_MB ? "Make room, or move GITOMATIC_DATA while nothing runs." : NULL,
                "%lld MB free for %s", (long long)mb, cfg->data_dir);
}
