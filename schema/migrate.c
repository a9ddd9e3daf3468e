#include "schema/migrate.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include "schema/migration_table.h"
#include <sodium.h>

#define CHECKSUM_SIZE 65

static const char ensure_table[] =
    "create table if not exists schema_migrations (version varchar(128) primary key);"
    "alter table schema_migrations add column if not exists checksum text,"
    " add column if not exists applied_at timestamptz default now()";

/* Of both sections: a changed down section also changes the migration. */
static void checksum(const struct migration_entry *m, char out[CHECKSUM_SIZE])
{
    crypto_hash_sha256_state state;
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)m->up, strlen(m->up));
    crypto_hash_sha256_update(&state, (const unsigned char *)m->down, strlen(m->down));
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(out, CHECKSUM_SIZE, digest, sizeof digest);
}

static const struct migration_entry *find(slice version)
{
    for (size_t i = 0; i < n_migrations; i++)
        if (slice_eq(version, slice_of(migration_table[i].version)))
            return &migration_table[i];
    return NULL;
}

static int row_of(const struct db_rows *applied, const char *version)
{
    for (int i = 0; i < applied->n; i++)
        if (slice_eq(db_text(applied, i, 0), slice_of(version)))
            return i;
    return -1;
}

/* Compares the applied migrations with the built-in ones. */
static bool read_applied(struct db *db, struct db_rows *applied, struct err *err)
{
    if (!db_run_text(db, /* dbmate's own table has only the versions */
                     SLICE("select version::text, to_jsonb(m) ->> 'checksum', (to_jsonb(m) ->> "
                           "'applied_at')::timestamptz"
                           " from schema_migrations m order by version"),
                     NULL, 0, applied, err))
        return false;
    for (int i = 0; i < applied->n; i++) {
        slice version = db_text(applied, i, 0), sum = db_text(applied, i, 1);
        const struct migration_entry *m = find(version);
        char expected[CHECKSUM_SIZE];
        if (!m)
            return err_set(
                err, ERR_SCHEMA,
                "the database has schema version %.*s, this program knows up to %s: use a newer gitomatic",
                SLICE_ARG(version), migration_table[n_migrations - 1].version);
        checksum(m, expected);
        if (sum.ptr && !slice_eq(sum, slice_of(expected)))
            return err_set(err, ERR_SCHEMA,
                           "migration %s_%s differs from this program's: the database belongs to another "
                           "build; use that build, or an empty database (another GITOMATIC_DATA)",
                           m->version, m->name);
    }
    return true;
}

static bool apply(struct db *db, const struct migration_entry *m, struct err *err)
{
    char sum[CHECKSUM_SIZE];
    checksum(m, sum);
    if (!db_begin(db, err))
        return false;
    if (db_script(db, m->up, err) &&
        db_run_text(db,
                    SLICE("insert into schema_migrations (version, checksum) values ($1::text, $2::text)"),
                    (const struct db_arg[]){DB_CSTR(m->version), DB_CSTR(sum)}, 2, NULL, err) &&
        db_commit(db, err))
        return true;
    db_rollback(db);
    return err_wrap(err, "migration %s_%s", m->version, m->name);
}

static bool table_exists(struct db *db, bool *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run_text(db, SLICE("select to_regclass('schema_migrations') is not null"), NULL, 0, &rows, err))
        return false;
    *out = db_bool(&rows, 0, 0);
    return true;
}

/* ---- what a database must have, checked before anything else ---- */

static bool check_encoding(struct db *db, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run_text(db, SLICE("select getdatabaseencoding()::text"), NULL, 0, &rows, err))
        return false;
    slice encoding = db_text(&rows, 0, 0);
    if (slice_eq(encoding, SLICE("SQL_ASCII")))
        log_warn("database.encoding",
                 L_STR("note", "SQL_ASCII checks no text and knows no letters beyond ASCII; UTF8 is better"));
    else if (!slice_eq(encoding, SLICE("UTF8")))
        return err_set(err, ERR_SCHEMA,
                       "the database's encoding is %.*s, which can't hold all names; expected UTF8: create "
                       "database NAME template template0 encoding 'UTF8'",
                       SLICE_ARG(encoding));
    return true;
}

/* pg_trgm: exists in the search path, or this role can create it. */
static bool check_extension(struct db *db, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run_text(
            db,
            SLICE("select e.nspname::text, e.nspname = any (current_schemas(true)),"
                  " exists (select from pg_available_extensions where name = 'pg_trgm'),"
                  " has_database_privilege(current_database(), 'create'), current_database()::text,"
                  " current_user::text"
                  " from (select) as one left join (select n.nspname from pg_extension x"
                  " join pg_namespace n on n.oid = x.extnamespace where x.extname = 'pg_trgm') e on true"),
            NULL, 0, &rows, err))
        return false;
    slice schema = db_text(&rows, 0, 0), database = db_text(&rows, 0, 4), role = db_text(&rows, 0, 5);
    if (schema.ptr)
        return db_bool(&rows, 0, 1) ||
               err_set(
                   err, ERR_SCHEMA,
                   "the extension pg_trgm is in the schema %.*s, which is not in search_path: alter "
                   "extension pg_trgm set schema public, or alter role %.*s set search_path = public, %.*s",
                   SLICE_ARG(schema), SLICE_ARG(role), SLICE_ARG(schema));
    if (!db_bool(&rows, 0, 2))
        return err_set(
            err, ERR_SCHEMA,
            "the server has no extension pg_trgm: install it (it is in PostgreSQL's contrib package)");
    return db_bool(&rows, 0, 3) ||
           err_set(err, ERR_SCHEMA,
                   "the extension pg_trgm is not in the database and %.*s may not create it: run `create "
                   "extension pg_trgm` as a superuser, or grant create on database %.*s to %.*s",
                   SLICE_ARG(role), SLICE_ARG(database), SLICE_ARG(role));
}

static bool check_place(struct db *db, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run_text(db,
                     SLICE("select current_schema()::text, has_schema_privilege(current_schema(), 'create'),"
                           " current_user::text, current_setting('search_path'),"
                           " current_schema() collate \"C\" ~ '^\"|[A-Z.[:space:]]'"),
                     NULL, 0, &rows, err))
        return false;
    slice schema = db_text(&rows, 0, 0), role = db_text(&rows, 0, 2), path = db_text(&rows, 0, 3);
    if (!schema.ptr)
        return err_set(err, ERR_SCHEMA, "no schema of search_path (%.*s) exists: create one of them",
                       SLICE_ARG(path));
    if (db_bool(&rows, 0, 4)) /* 0026_restores reads it as it is written without quotes */
        return err_set(err, ERR_SCHEMA,
                       "the schema %.*s has capitals, blanks or dots in its name: expected a name that needs "
                       "no quotes, such as gitomatic: alter schema \"%.*s\" rename to gitomatic",
                       SLICE_ARG(schema), SLICE_ARG(schema));
    return db_bool(&rows, 0, 1) ||
           err_set(err, ERR_SCHEMA,
                   "%.*s may not create tables in the schema %.*s: grant create on schema %.*s to %.*s",
                   SLICE_ARG(role), SLICE_ARG(schema), SLICE_ARG(schema), SLICE_ARG(role));
}

static bool is_pending(const struct db_rows *applied)
{
    for (size_t i = 0; i < n_migrations; i++)
        if (row_of(applied, migration_table[i].version) < 0)
            return true;
    return false;
}

/* A role without the right to create gets the error only if there is something to create. */
static bool migrate_locked(struct db *db, int *n_applied_out, struct err *err)
{
    bool exists;
    AUTO_ROWS applied = {0};
    if (!check_encoding(db, err) || !table_exists(db, &exists, err) ||
        (exists && !read_applied(db, &applied, err)))
        return false;
    if (exists && !is_pending(&applied))
        return true;
    if (!check_place(db, err) || !check_extension(db, err) || !db_script(db, ensure_table, err))
        return false;
    for (size_t i = 0; i < n_migrations; i++) {
        if (exists && row_of(&applied, migration_table[i].version) >= 0)
            continue;
        if (!apply(db, &migration_table[i], err))
            return false;
        (*n_applied_out)++;
    }
    return true;
}

bool schema_migrate(struct db *db, int *n_applied_out, struct err *err)
{
    *n_applied_out = 0;
    if (!db_unbounded(db, true, err) || !db_script(db, "select pg_advisory_lock(7717, 0)", err))
        return false;
    bool ok = migrate_locked(db, n_applied_out, err);
    struct err ignored;
    if (!db_script(db, "select pg_advisory_unlock(7717, 0)", &ignored) || !db_unbounded(db, false, &ignored))
        db_rollback(db); /* the end of the session releases the lock */
    return ok;
}

bool schema_status(struct db *db, FILE *out, bool *current_out, struct err *err)
{
    bool exists;
    AUTO_ROWS applied = {0};
    *current_out = false;
    if (!table_exists(db, &exists, err) || (exists && !read_applied(db, &applied, err)))
        return false;
    *current_out = true;
    for (size_t i = 0; i < n_migrations; i++) {
        const struct migration_entry *m = &migration_table[i];
        int row = row_of(&applied, m->version);
        char iso[CLOCK_ISO_SIZE] = "pending";
        if (row >= 0)
            clock_iso(db_time(&applied, row, 2), iso);
        else
            *current_out = false;
        if (out)
            fprintf(out, "%s %-24s %s\n", m->version, m->name, iso);
    }
    return true;
}

bool schema_check(struct db *db, struct err *err)
{
    bool current;
    if (!schema_status(db, NULL, &current, err))
        return false;
    if (!current)
        return err_set(err, ERR_SCHEMA,
                       "the database is not at this program's schema: run `gitomatic migrate`");
    return true;
}
