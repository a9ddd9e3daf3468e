#include "schema/migrate.h"
#include "core/base/clock.h"
#include "schema/migration_table.h"
#include <sodium.h>

#define CHECKSUM_SIZE 65

static const char ensure_table[] =
    "create table if not exists schema_migrations (version varchar(128) primary key);"
    "alter table schema_migrations add column if not exists checksum text,"
    " add column if not exists applied_at timestamptz default now()";

/* Of both sections: a changed down section is a changed migration as well. */
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

/* Reads what is applied and holds it against what is built in. */
static bool read_applied(struct db *db, struct db_rows *applied, struct err *err)
{
    if (!db_run_text(
            db, SLICE("select version::text, checksum, applied_at from schema_migrations order by version"),
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
            return err_set(
                err, ERR_SCHEMA,
                "migration %s_%s was applied with another text than this program's: the database is of "
                "another build; use that one, or an empty database (another GITOMATIC_DATA)",
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

static bool migrate_locked(struct db *db, int *n_applied_out, struct err *err)
{
    AUTO_ROWS applied = {0};
    if (!db_script(db, ensure_table, err) || !read_applied(db, &applied, err))
        return false;
    for (size_t i = 0; i < n_migrations; i++) {
        if (row_of(&applied, migration_table[i].version) >= 0)
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
        db_rollback(db); /* the session's end gives the lock back */
    return ok;
}

static bool table_exists(struct db *db, bool *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run_text(db, SLICE("select to_regclass('schema_migrations') is not null"), NULL, 0, &rows, err))
        return false;
    *out = db_bool(&rows, 0, 0);
    return true;
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
