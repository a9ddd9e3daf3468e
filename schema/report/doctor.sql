-- Facts that `gitomatic doctor` checks in a server and its database.

-- name: doctor_server
-- returns: version_num bigint, version text, encoding name, collate text, in_recovery boolean, connections_allowed bigint
-- returns: connections_used bigint, connections_ours bigint, may_create boolean, role text, has_trgm boolean
-- returns: trgm_available boolean, size bigint, fsync boolean, trgm_schema name, trgm_reached boolean, read_only boolean
-- returns: tables_refused bigint
-- Works before the first migration: uses no table of this program.
select current_setting('server_version_num')::bigint, current_setting('server_version'),
       pg_encoding_to_char(d.encoding), d.datcollate, pg_is_in_recovery(),
       current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
       (select count(*) from pg_stat_activity where backend_type = 'client backend'),
       (select count(*) from pg_stat_activity where backend_type = 'client backend' and application_name like 'gitomatic%'),
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), current_user::text,
       exists (select from pg_extension where extname = 'pg_trgm'),
       exists (select from pg_available_extensions where name = 'pg_trgm'),
       pg_database_size(d.oid), current_setting('fsync')::boolean,
       trgm.nspname, trgm.nspname = any(current_schemas(true)), current_setting('transaction_read_only')::boolean,
       (select count(*) from pg_class t
         where t.relnamespace = to_regnamespace(quote_ident(current_schema())) and t.relkind = 'r' and t.relname <> 'schema_migrations'
           and t.relowner = (select relowner from pg_class where oid = to_regclass('jobs')) -- others have tables of their own there
           and not (has_table_privilege(t.oid, 'select') and has_table_privilege(t.oid, 'insert')
                    and has_table_privilege(t.oid, 'update') and has_table_privilege(t.oid, 'delete')))
  from pg_database d
  left join (pg_extension x join pg_namespace trgm on trgm.oid = x.extnamespace) on x.extname = 'pg_trgm'
 where d.datname = current_database();

-- name: doctor_replica
-- returns: in_recovery boolean, lag_ms bigint
-- The lag of a replica: 0 if it receives and has replayed everything received, null if it has replayed nothing since its start.
select pg_is_in_recovery(),
       case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() and exists (select from pg_stat_wal_receiver) then 0
            else (extract(epoch from now() - pg_last_xact_replay_timestamp()) * 1000)::bigint end;
