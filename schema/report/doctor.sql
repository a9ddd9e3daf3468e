-- Facts that `gitomatic doctor` checks in a server and its database.

-- name: doctor_server
-- returns: version_num bigint, version text, encoding name, collate text, in_recovery boolean, connections_allowed bigint
-- returns: connections_used bigint, connections_ours bigint, may_create boolean, role text, has_trgm boolean
-- returns: trgm_available boolean, size bigint, fsync boolean, trgm_schema name, trgm_reached boolean, read_only boolean
-- returns: tables_refused bigint
-- Works before the first migration: uses no table of this program.
select current_setting('server_version_num')::bigint, current_setting('server_version'),
       pg_encoding_to_char(d.encoding),
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', d.datcollate), -- ICU's from PostgreSQL 17 on, of 15 and 16
       pg_is_in_recovery(),
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

-- name: doctor_collation
-- returns: made_with text, present text
-- Versions of the library's rules by which the database's indexes of texts are sorted, when they were made and now; null: the rules have
-- no versions (collation C).
select datcollversion, pg_database_collation_actual_version(oid) from pg_database where datname = current_database();

-- name: doctor_replica
-- returns: in_recovery boolean, lag_ms bigint
-- The lag of a replica: 0 if it receives and has replayed everything received, null if it has replayed nothing since its start.
select pg_is_in_recovery(),
       case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() and exists (select from pg_stat_wal_receiver) then 0
            else (extract(epoch from now() - pg_last_xact_replay_timestamp()) * 1000)::bigint end;

-- name: doctor_missing
-- returns: name text
-- What the migrations made and the database lacks: indexes (or they are invalid), triggers (or they are disabled) and functions.
-- tests/docs/test_doctor_objects.py compares the names with those of a migrated database. Columns: see db_try_statements.
with expected (kind, names) as (values
    ('function', 'gitomatic_changes_begin gitomatic_changes_horizon gitomatic_changes_rebuild gitomatic_channel gitomatic_count_delete
                 gitomatic_count_insert gitomatic_count_truncate gitomatic_count_update gitomatic_cut_developer gitomatic_cut_repository
                 gitomatic_day gitomatic_fold gitomatic_follow_seen gitomatic_follows_deleted gitomatic_follows_inserted
                 gitomatic_github_id gitomatic_id gitomatic_is_applied gitomatic_is_composed gitomatic_is_restoring gitomatic_lock
                 gitomatic_look_due gitomatic_looks_after gitomatic_parents_by_id gitomatic_record_deleted gitomatic_record_inserted
                 gitomatic_record_updated gitomatic_room gitomatic_short_words gitomatic_star_seen gitomatic_stars_deleted
                 gitomatic_stars_inserted gitomatic_stars_updated gitomatic_table_truncated gitomatic_told_id gitomatic_tombstone
                 gitomatic_without_addresses'),
    ('index', 'api_sessions_hash_key api_sessions_pkey api_sessions_user api_tokens_hash_key api_tokens_name_key api_tokens_pkey
              api_tokens_user api_users_pkey archive_hours_pkey capabilities_pkey change_days_pkey changes_at changes_folded_pkey
              changes_pkey changes_type credentials_pkey developer_counts_pkey developer_logins_login developer_logins_pkey
              developers_ahead developers_by_company developers_by_email developers_by_followers_count developers_by_location
              developers_by_login developers_by_name developers_by_public_repos developers_by_type developers_by_updated_at
              developers_gone developers_login developers_newest developers_not_composed developers_organizations developers_pkey
              developers_search developers_short_words erasures_pkey facet_counts_pkey facet_totals_pkey follow_history_followed
              follow_history_pkey follows_followed follows_pkey former_ids_pkey former_ids_record frontier_new frontier_pkey
              frontier_stale hydration_failures_pkey hydration_queue_job hydration_queue_pkey hydration_queue_waiting
              import_positions_pkey jobs_also jobs_claim jobs_due jobs_finished jobs_key jobs_over_kind jobs_over_state jobs_over_subject
              jobs_pkey jobs_profiles jobs_running jobs_task jobs_waiting kept_bodies_pkey list_counts_pkey list_passes_pkey
              mirror_bodies_pkey mirror_key_pkey mirror_pages_body mirror_pages_pkey mirror_pages_resource mirror_pages_url
              mirror_pages_used mirror_users_pkey mirror_writes_pkey quota_buckets_pkey quota_leases_pkey quota_samples_pkey
              remembered_pages_absent remembered_pages_pkey repositories_ahead repositories_by_full_name repositories_by_homepage
              repositories_by_language repositories_by_license repositories_by_name repositories_by_open_issues_count
              repositories_by_stargazers_count repositories_by_updated_at repositories_full_name repositories_gone repositories_newest
              repositories_not_composed repositories_owner repositories_pkey repositories_rare repositories_search
              repositories_short_words repositories_topics repositories_unusual repository_counts_pkey repository_names_name
              repository_names_pkey rising_repositories_pkey sample_members_found sample_members_pkey sample_members_record
              sample_members_waiting samples_pkey schedule_entries_pkey schema_migrations_pkey star_history_pkey star_history_repository
              stars_pkey stars_repository tombstone_key_pkey tombstones_pkey waiting_edges_pkey waiting_edges_subject
              webhook_dead_letters_pkey webhook_dead_letters_webhook webhooks_pkey workers_pkey'),
    ('trigger', 'developers.changes_deleted developers.changes_inserted developers.changes_truncated developers.changes_updated
                developers.developers_count_delete developers.developers_count_insert developers.developers_count_truncate
                developers.developers_count_update developers.developers_cut follows.changes_deleted follows.changes_inserted
                follows.changes_truncated repositories.changes_deleted repositories.changes_inserted repositories.changes_truncated
                repositories.changes_updated repositories.repositories_count_delete repositories.repositories_count_insert
                repositories.repositories_count_truncate repositories.repositories_count_update repositories.repositories_cut
                schema_migrations.schema_migrations_restored stars.changes_deleted stars.changes_inserted stars.changes_truncated
                stars.changes_updated')),
place (id) as (select relnamespace from pg_class where oid = to_regclass('schema_migrations')),
present (kind, name) as (
    select 'function', proname::text from pg_proc where pronamespace = (select id from place)
    union all
    select 'index', c.relname from pg_class c join pg_index i on i.indexrelid = c.oid
     where c.relnamespace = (select id from place) and i.indisvalid
    union all
    select 'trigger', c.relname || '.' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where c.relnamespace = (select id from place) and t.tgenabled in ('O', 'A'))
select e.kind || ' ' || n.name
  from expected e cross join regexp_split_to_table(e.names, '[[:space:]]+') n (name)
 where not exists (select from present p where p.kind = e.kind and p.name = n.name)
 order by 1;

-- name: doctor_refused
-- returns: secured text, is_refused boolean, sequences text, functions text
-- Of this program's objects: tables whose row level security applies to the role, and whether their statements are refused; sequences
-- and functions that it may not use. Names separated by commas, null: none. Of sequences, those that statements name: the others
-- number identity columns, for which the table's rights suffice. 0027 reads the last value of one.
with place (id, owner) as (select relnamespace, relowner from pg_class where oid = to_regclass('jobs')),
named (name, suffices) as (
    values ('job_leases', 'usage, update'), ('jobs_id_seq', 'usage, update'), ('changes_id_seq', 'usage, select'))
select (select string_agg(relname, ', ' order by relname) from pg_class, place
         where relnamespace = id and relowner = owner and case relkind when 'r' then row_security_active(pg_class.oid) end),
       current_setting('row_security') = 'off',
       (select string_agg(relname, ', ' order by relname) from pg_class, place, named
         where relnamespace = id and relowner = owner and relname = name
           and case relkind when 'S' then not has_sequence_privilege(pg_class.oid, suffices) end),
       (select string_agg(proname, ', ' order by proname) from pg_proc, place
         where pronamespace = id and proowner = owner and starts_with(proname, 'gitomatic_') and prorettype <> 'trigger'::regtype
           and not has_function_privilege(pg_proc.oid, 'execute'));
