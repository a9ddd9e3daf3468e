#include "schema/snapshot/read.h"
#include "core/base/buf.h"
#include "schema/graph/changes.h"

/* Temporary tables, as COPY takes no parameters. People whose erasure is under way or was interrupted: their rows
 * are gone, but records of others still name them (erasures). Before version 0079 of the schema the rows existed as well. */
const char snapshot_erased_sql[] =
    "create temporary table snapshot_erased (github_id bigint primary key) on commit drop;"
    "create temporary table snapshot_erased_repositories (github_id bigint primary key) on commit drop;"
    "insert into snapshot_erased select d.github_id from developers d, tombstone_key k"
    " where exists (select from tombstones)"
    " and gitomatic_tombstone(d.github_id, k.key) in (select hash from tombstones)"
    " union select github_id from erasures;"
    "insert into snapshot_erased_repositories select github_id from repositories"
    " where owner_github_id in (select github_id from snapshot_erased)"
    " union select unnest(repositories) from erasures"
    " union select r.github_id from snapshot_erased e join developers d using (github_id) join repositories r"
    " on lower(r.full_name collate \"C\") > lower(d.login collate \"C\") || '/'"
    " and lower(r.full_name collate \"C\") < lower(d.login collate \"C\") || '0' where r.owner_github_id is "
    "null;"
    "create temporary table snapshot_erased_logins (login text primary key) on commit drop;"
    "insert into snapshot_erased_logins select lower(login collate \"C\") from developers"
    " where github_id in (select github_id from snapshot_erased) union select lower(l.login collate \"C\") "
    "from developer_logins l"
    " where l.github_id in (select github_id from snapshot_erased) and not exists (select from developers d"
    " where lower(d.login collate \"C\") = lower(l.login collate \"C\") and d.github_id not in (select "
    "github_id from snapshot_erased));";

static const char tables_sql[] =
    "create temporary table snapshot_at (at timestamptz) on commit drop;"
    "create temporary table snapshot_chosen (github_id bigint primary key) on commit drop;"
    "create temporary table snapshot_developers (github_id bigint primary key) on commit drop;"
    "create temporary table snapshot_repositories (github_id bigint primary key) on commit drop;";

/* The records connected to the chosen ones, so that both ends of every edge are included. */
static const char chosen_sql[] =
    "insert into snapshot_repositories select github_id from repositories"
    " where owner_github_id in (select github_id from snapshot_chosen)"
    " union select repository_github_id from stars"
    " where developer_github_id in (select github_id from snapshot_chosen)"
    " union select repository_github_id from star_history"
    " where developer_github_id in (select github_id from snapshot_chosen);"
    "with mine as materialized (select github_id from repositories"
    " where owner_github_id in (select github_id from snapshot_chosen)), "
    "follow as (select follower_github_id, followed_github_id from follows"
    " union all select follower_github_id, followed_github_id from follow_history)"
    "insert into snapshot_developers select github_id from snapshot_chosen"
    " union select followed_github_id from follow"
    " where follower_github_id in (select github_id from snapshot_chosen)"
    " union select follower_github_id from follow"
    " where followed_github_id in (select github_id from snapshot_chosen)"
    " union select developer_github_id from stars where repository_github_id in (select github_id from mine)"
    " union select developer_github_id from star_history where repository_github_id in (select github_id "
    "from mine)"
    " union select owner_github_id from repositories"
    " where github_id in (select github_id from snapshot_repositories) and owner_github_id is not null";

static bool choose(struct db *db, const char *login, struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct db_arg args[] = {DB_CSTR(login)};
    if (!db_run_text(db,
                     SLICE("with found as (select github_id from developers"
                           " where lower(login collate \"C\") = lower($1::text collate \"C\")),"
                           " chosen as (insert into snapshot_chosen select github_id from found"
                           " on conflict do nothing) select from found"),
                     args, 1, &rows, err))
        return false;
    return rows.n || err_set(err, ERR_USAGE,
                             "--where-login: no developer called \"%.60s\" is known here; expected known "
                             "logins (gitomatic why LOGIN shows one)",
                             login);
}

static bool set_time(struct db *db, const struct snapshot_request *request, struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct db_arg args[] = {DB_CSTR(request->as_of), DB_I64(request->kept_days)};
    struct err why;
    if (!db_run_text(db,
                     SLICE("insert into snapshot_at select at from (select $1::text::timestamptz as at) x"
                           " where at <= now() and isfinite(at)"
                           " returning $2::bigint > 0 and at < now() - $2::bigint * interval '1 day'"),
                     args, 2, &rows, &why)) {
        if (why.sqlstate[0] == '2')
            return err_set(err, ERR_USAGE,
                           "--as-of: got \"%.60s\", expected a time such as 2026-01-31T12:00:00Z or a date",
                           request->as_of);
        *err = why;
        return false;
    }
    if (!rows.n)
        return err_set(err, ERR_USAGE, "--as-of: got \"%.60s\", expected a time in the past", request->as_of);
    return !db_bool(&rows, 0, 0) ||
           err_set(err, ERR_USAGE,
                   "--as-of: got \"%.60s\", but the past is kept for %lld days here (KEEP_ENDED, KEEP_NAMES, "
                   "KEEP_COUNTS); expected a later time",
                   request->as_of, (long long)request->kept_days);
}

/* The first record, if the as-of time is before it. */
static bool read_first(struct db *db, struct snapshot_info *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run_text(db,
                     SLICE("select least((select min(first_seen_at) from developers),"
                           " (select min(first_seen_at) from repositories)) as first, at from snapshot_at"
                           " where not exists (select from developers where first_seen_at <= at)"
                           " and not exists (select from repositories where first_seen_at <= at)"),
                     NULL, 0, &rows, err))
        return false;
    out->first_us = rows.n && !db_is_null(&rows, 0, 0) ? db_time_us(&rows, 0, 0) : 0;
    return true;
}

static bool read_info(struct db *db, bool as_of, struct arena *a, struct snapshot_info *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run_text(
            db,
            SLICE("select coalesce((select at from snapshot_at),"
                  " (select at from changes order by id desc limit 1)),"
                  " (select max(version) from schema_migrations), exists (select from snapshot_erased),"
                  " (select max(id) from changes where at <= (select at from snapshot_at))"),
            NULL, 0, &rows, err))
        return false;
    out->instant_us = db_time_us(&rows, 0, 0);
    out->schema_version = arena_dup(a, db_text(&rows, 0, 1));
    out->erasing = db_bool(&rows, 0, 2);
    if (!as_of)
        return true;
    out->feed_position = db_i64(&rows, 0, 3);
    return read_first(db, out, err);
}

bool snapshot_begin(struct db *db, const struct snapshot_request *request, struct arena *a,
                    struct snapshot_info *out, struct err *err)
{
    /* Before the snapshot is taken: it then contains the log up to this row. */
    bool ok = changes_horizon(db, &out->feed_position, err) && db_begin(db, err) &&
              db_script(db, "set transaction isolation level repeatable read, read write", err) &&
              db_unbounded(db, true, err) &&
              /* sorting ten million edges in memory beats reading them in the order of an index */
              db_script(db, "set local work_mem = '256MB'; set local temp_buffers = '16MB'", err) &&
              db_script(db, tables_sql, err) && db_script(db, snapshot_erased_sql, err) &&
              (!request->as_of || set_time(db, request, err));
    for (size_t i = 0; ok && i < request->n_logins; i++)
        ok = choose(db, request->logins[i], err);
    ok = ok && (!request->n_logins || db_script(db, chosen_sql, err)) &&
         db_script(db,
                   "analyze snapshot_chosen; analyze snapshot_developers; analyze snapshot_repositories;"
                   "analyze snapshot_erased; analyze snapshot_erased_repositories",
                   err) &&
         read_info(db, request->as_of, a, out, err);
    if (!ok)
        db_rollback(db);
    return ok;
}

/* Forks of repositories being erased still name the owner. */
#define IS_ERASED(path)                                                                                      \
    "(t.data_source #>> '{" path ",id}')::bigint in (select github_id from snapshot_erased_repositories)"
#define WITHOUT_ERASED                                                                                       \
    "case when t.data_source ?| '{parent,source,template_repository}' and (" IS_ERASED(                      \
        "parent") " or " IS_ERASED("source") " or " IS_ERASED("template_repository") ")"                     \
                                                                                     " then "                \
                                                                                     "gitomatic_parents_by_" \
                                                                                     "id(t.data_source) "    \
                                                                                     "else t.data_source "   \
                                                                                     "end as data_source"

static void put_column(struct buf *b, const struct snapshot_column *column, bool as_of, bool erasing,
                       enum snapshot_form form)
{
    const char *type = snapshot_type_sql(column->type);
    bool as_text = column->type == SNAPSHOT_TEXTS;
    if (erasing && !as_of && column->type == SNAPSHOT_JSON) {
        buf_puts(b, WITHOUT_ERASED);
        return;
    }
    if (as_of && !column->as_of)
        buf_printf(b, "null::%s", as_text ? "json" : type);
    else if (as_of)
        buf_puts(b, column->as_of);
    else
        buf_printf(b, as_text ? "to_json(t.%s)" : "t.%s", column->name);
    if (form == SNAPSHOT_JSONL || as_of || as_text)
        buf_printf(b, " as %s", column->name);
}

static void put_select(struct buf *b, const struct snapshot_table *table,
                       const struct snapshot_request *request, bool erasing, enum snapshot_form form)
{
    buf_puts(b, "select ");
    for (const struct snapshot_column *c = table->columns; c->name; c++) {
        buf_puts(b, c == table->columns ? "" : ", ");
        put_column(b, c, request->as_of, erasing, form);
    }
    buf_printf(b, " from %s t", request->as_of ? table->as_of_rows : table->name);
    if (request->n_logins)
        buf_printf(b, " where %s", table->of_chosen);
    if (erasing)
        buf_printf(b, " %s %s", request->n_logins ? "and" : "where", table->not_erased);
    if (form == SNAPSHOT_NUMBERS)
        return;
    buf_puts(b, " order by ");
    for (int i = 0; i < table->n_key; i++) /* texts by code point: the same order on every server */
        buf_printf(b, "%st.%s%s", i ? ", " : "", table->columns[i].name,
                   table->columns[i].type == SNAPSHOT_TEXT ? " collate \"C\"" : "");
}

bool snapshot_plan(struct db *db, const struct snapshot_table *table, const struct snapshot_request *request,
                   struct err *err)
{
    bool all = !request->n_logins && !request->as_of, wide = table->n_key == 1;
    return db_script(db,
                     !all   ? "set local enable_indexscan = on; set local enable_sort = on"
                     : wide ? "set local enable_indexscan = on; set local enable_sort = off"
                            : "set local enable_indexscan = off; set local enable_sort = on",
                     err);
}

const char *snapshot_copy(struct arena *a, const struct snapshot_table *table,
                          const struct snapshot_request *request, const struct snapshot_info *info,
                          enum snapshot_form form)
{
    AUTO_BUF b = {0};
    buf_puts(&b, form == SNAPSHOT_JSONL ? "copy (select row_to_json(r) from (" : "copy (");
    put_select(&b, table, request, info->erasing, form);
    /* JSON has no control characters: with two of them as CSV's quote and delimiter, rows arrive unchanged. */
    buf_puts(&b, form == SNAPSHOT_NUMBERS ? ") to stdout (format binary)"
                 : form == SNAPSHOT_JSONL ? ") r) to stdout (format csv, delimiter e'\\x02', quote e'\\x01')"
                                          : ") to stdout");
    const char *sql = arena_dup(a, buf_slice(&b));
    return sql;
}
