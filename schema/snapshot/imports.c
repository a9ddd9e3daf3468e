#include "schema/snapshot/imports.h"
#include "core/base/buf.h"

bool imports_position(struct db *db, const char *source, const char *part, struct arena *a,
                      const char **position_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_imports_position, &rows, err, DB_CSTR(source), DB_CSTR(part)))
        return false;
    *position_out = rows.n ? arena_dup(a, db_text(&rows, 0, COL_imports_position_position)) : NULL;
    return true;
}

bool imports_move(struct db *db, const char *source, const char *part, const char *position, struct err *err)
{
    return db_run(db, Q_imports_move, NULL, err, DB_CSTR(source), DB_CSTR(part), DB_CSTR(position));
}

bool imports_end(struct db *db, const char *source, struct err *err)
{
    return db_run(db, Q_imports_end, NULL, err, DB_CSTR(source));
}

bool former_ids_begin(struct db *db, struct err *err)
{
    return load_begin(db, "id uuid, github_id bigint", err);
}

const char *former_ids_copy(void)
{
    return "copy pg_temp.landing from stdin";
}

bool former_ids_merge(struct db *db, enum record_kind kind, const char *what, bool in_transaction,
                      load_progress *progress, struct load_figures *out, struct err *err)
{
    AUTO_BUF b = {0};
    buf_printf(
        &b,
        "with landed as materialized (select l.id, l.github_id from pg_temp.landing l where " LOAD_PIECE
        " and exists (select from %s r where r.github_id = l.github_id)),"
        " added as (insert into former_ids as t (id, kind, github_id) select id, %d, github_id from landed "
        "order by id"
        " on conflict (id) do update set kind = excluded.kind, github_id = excluded.github_id"
        " where (t.kind, t.github_id) is distinct from (excluded.kind, excluded.github_id)"
        " returning t.xmax = 0 as is_new)"
        " select (select count(*) from landed), count(*) filter (where is_new),"
        " count(*) filter (where not is_new) from added",
        kind == RECORD_DEVELOPER ? "developers" : "repositories", (int)kind);
    bool ok = load_merge(db, what, buf_slice(&b), in_transaction, progress, out, err);
    return ok && load_end(db, err);
}

bool former_id_find(struct db *db, slice id, enum record_kind kind, int64_t *github_id_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_former_id_find, &rows, err, DB_TEXT(id), DB_I64(kind)))
        return false;
    *github_id_out = rows.n ? db_i64(&rows, 0, COL_former_id_find_github_id) : 0;
    return true;
}

bool imports_has_hour(struct db *db, const char *sha256, bool *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_imports_hour, &rows, err, DB_CSTR(sha256)))
        return false;
    *out = db_bool(&rows, 0, COL_imports_hour_known);
    return true;
}

bool imports_add_hour(struct db *db, int64_t hour_ms, int64_t first_id, int64_t last_id, int64_t events,
                      const char *sha256, struct err *err)
{
    return db_run(db, Q_imports_add_hour, NULL, err, DB_TIME(hour_ms), DB_I64(first_id), DB_I64(last_id),
                  DB_I64(events), DB_CSTR(sha256));
}
