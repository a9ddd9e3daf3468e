-- Optional indexes (schema/tune.h).

-- name: tune_read
-- params: names text[], tables text[]
-- returns: built boolean, valid boolean, running boolean, bytes bigint
-- A row for each name, in their order. running: a process is building it.
select x.indexrelid is not null, coalesce(x.indisvalid, false),
       exists (select from pg_stat_progress_create_index p where p.index_relid = x.indexrelid), coalesce(pg_relation_size(x.indexrelid), 0)
  from unnest($1, $2) with ordinality as i(name, tab, ord)
       left join (pg_index x join pg_class c on c.oid = x.indexrelid) on c.relname = i.name and x.indrelid = to_regclass(i.tab)
 order by ord;

-- name: tune_lock
-- returns: locked boolean, pid bigint
-- The session's, so that it ends with the process.
select pg_try_advisory_lock(gitomatic_lock(7722), 0), pg_backend_pid()::bigint;

-- name: tune_end_process
-- params: pid bigint
-- returns: ended boolean
-- Waits until it has ended, ten seconds at most. Whatever it runs, it holds the lock; one that does not has ended already, and its
-- number may be another's.
select pg_terminate_backend(pid, 10000) from pg_locks
 where pid = $1::integer and granted and locktype = 'advisory' and classid = gitomatic_lock(7722)::oid and objid = 0 and objsubid = 2
   and database = (select oid from pg_database where datname = current_database());
