#include "schema/snapshot/archive.h"

bool archive_begin(struct db *db, struct err *err)
{
    return load_begin(db,
                      "kind smallint, github_id bigint, name text, owner bigint, organization boolean, at "
                      "timestamptz",
                      err) &&
           db_script(db,
                     "drop table if exists pg_temp.archive_records; create temporary table archive_records"
                     " (like pg_temp.landing)",
                     err);
}

const char *archive_copy(void)
{
    return "copy pg_temp.archive_records from stdin";
}

#define SAME_LOGIN(a, b) "lower(" a " collate \"C\") = lower(" b " collate \"C\")"

/* Discovery picks those due longest: an active developer is due since the event, unless the lists were synced later. If two share
 * a login, the detail by id shows the holder. */
/* clang-format off */
static const char developers_sql[] =
    "with l as materialized (select l.github_id, l.name, l.organization, l.at from pg_temp.landing l"
    " where " LOAD_PIECE " and l.kind = " SQL_DEVELOPER " and not " SQL_IS_FORGOTTEN("l.github_id") "),"
    " new as materialized (select * from l where not exists (select from developers d where d.github_id = l.github_id)),"
    " added as (insert into developers (github_id, login, type, first_seen_at)"
    " select github_id, name, case when organization then 'Organization' end, now() from new order by 1"
    " on conflict do nothing returning 1),"
    " planned as (insert into frontier (github_id, next_at, reason) select github_id, at, 'newly met' from new order by 1"
    " on conflict do nothing),"
    " moved as (update frontier f set next_at = l.at, reason = case when f.last_at is null then f.reason else 'active' end"
    " from l where f.github_id = l.github_id and f.next_at > l.at and f.next_at < 'infinity'"
    " and (f.last_at is null or f.last_at < l.at) returning 1),"
    " queued as (insert into hydration_queue (kind, github_id, rest) select " SQL_DEVELOPER ", n.github_id, true from new n"
    " where exists (select from developers o where " SAME_LOGIN("o.login", "n.name")
    " and o.github_id <> n.github_id and o.gone_at is null) order by 2 on conflict do nothing)"
    " select (select count(*) from l), (select count(*) from added), (select count(*) from moved)";

/* The owner is in the event, or known here by login. If any person was forgotten, repositories without a known owner are skipped: a
 * tombstone has no name. */
static const char repositories_sql[] =
    "with met as materialized (select l.github_id, l.name, coalesce(l.owner, (select d.github_id from developers d"
    " where " SAME_LOGIN("d.login", "split_part(l.name, '/', 1)")
    " and d.gone_at is null order by d.github_id desc limit 1)) as owner"
    " from pg_temp.landing l where " LOAD_PIECE " and l.kind = " SQL_REPOSITORY "),"
    " l as materialized (select * from met where not exists (select from tombstones)"
    " or (owner is not null and not " SQL_IS_FORGOTTEN("owner") ")),"
    " new as materialized (select * from l where not exists (select from repositories r where r.github_id = l.github_id)),"
    " added as (insert into repositories (github_id, owner_github_id, name, full_name, first_seen_at)"
    " select github_id, owner, split_part(name, '/', 2), name, now() from new order by 1"
    " on conflict do nothing returning 1),"
    " queued as (insert into hydration_queue (kind, github_id, rest) select " SQL_REPOSITORY ", n.github_id, true from new n"
    " where exists (select from repositories o where " SAME_LOGIN("o.full_name", "n.name")
    " and o.github_id <> n.github_id and o.gone_at is null) order by 2 on conflict do nothing)"
    " select (select count(*) from l), (select count(*) from added), 0";
/* clang-format on */

bool archive_merge(struct db *db, bool in_transaction, load_progress *progress,
                   struct load_figures *developers, struct load_figures *repositories, struct err *err)
{
    /* The newest name of each, without events of the future. */
    static const char distinct_sql[] =
        "insert into pg_temp.landing select distinct on (kind, github_id) kind, github_id, name,"
        " max(owner) over (partition by kind, github_id), bool_or(organization) over (partition by kind, "
        "github_id),"
        " least(at, now()) from pg_temp.archive_records order by kind, github_id, at desc";
    return db_script(db, distinct_sql, err) &&
           load_merge(db, "developers", slice_of(developers_sql), in_transaction, progress, developers,
                      err) &&
           load_merge(db, "repositories", slice_of(repositories_sql), in_transaction, progress, repositories,
                      err) &&
           db_script(db, "drop table pg_temp.archive_records", err) && load_end(db, err);
}
