-- migrate:up

-- What a dump of the data alone (pg_restore --data-only) meets in a database that was migrated. Takes a moment.

-- Functions find this schema's tables whatever the session's search_path; pg_restore empties it.
create or replace function gitomatic_table_truncated() returns trigger language plpgsql as $$
declare
    ok boolean;
begin
    ok := gitomatic_changes_begin();
    insert into changes (type, n, known, synced)
    select tg_argv[0] || '.erased', 0, - coalesce(sum(known), 0), - coalesce(sum(synced), 0)
      from (select type, known, synced from change_days
            union all
            select type, known, synced from changes
             where id > coalesce((select position from changes_folded), 0)) all_of_it
     where starts_with(type, tg_argv[0] || '.');
    return null;
end $$;
do $$
declare
    one record;
begin
    for one in
        select p.oid::regprocedure as name from pg_proc p join pg_language l on l.oid = p.prolang
         where p.pronamespace = current_schema()::regnamespace and starts_with(p.proname, 'gitomatic_') and l.lanname = 'plpgsql'
    loop
        execute format('alter function %s set search_path = pg_catalog, %I, pg_temp', one.name, current_schema());
    end loop;
end $$;

-- A dump brings the log of changes, the sums and the counts with it: triggers that would write them once more do nothing
-- meanwhile. These two settings together are the beginning of every dump and of nothing else.
create function gitomatic_is_restoring() returns boolean language sql stable parallel safe
    as $$ select current_setting('check_function_bodies') = 'off' and current_setting('row_security') = 'off' $$;
do $$
declare
    one record;
begin
    for one in
        select t.tgname, t.tgrelid::regclass as relation, pg_get_triggerdef(t.oid) as made
          from pg_trigger t join pg_class c on c.oid = t.tgrelid
         where c.relnamespace = current_schema()::regnamespace and not t.tgisinternal
           and c.relname in ('developers', 'repositories', 'follows', 'stars') and t.tgtype & 1 = 0
    loop
        execute format('drop trigger %I on %s', one.tgname, one.relation);
        execute regexp_replace(one.made, ' EXECUTE FUNCTION ', ' WHEN (not gitomatic_is_restoring()) EXECUTE FUNCTION ');
    end loop;
end $$;

-- Rows that a database makes for itself are made when they are first needed, not when it is migrated: a dump's come into
-- tables without any. The key of the tombstones above all, without which they say nothing.
delete from tombstone_key where not exists (select from tombstones);
delete from mirror_key where not exists (select from mirror_pages) and not exists (select from mirror_users);
delete from changes_folded where position = 0 and not exists (select from changes);

-- The versions are there in both.
create function gitomatic_is_applied() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    known boolean;
begin
    execute format('select exists (select from %I.%I where version = $1)', tg_table_schema, tg_table_name)
       into known using new.version;
    return case when known then null else new end;
end $$;
create trigger schema_migrations_restored before insert on schema_migrations for each row
    when (gitomatic_is_restoring()) execute function gitomatic_is_applied();

-- migrate:down

drop trigger schema_migrations_restored on schema_migrations;
drop function gitomatic_is_applied();
insert into tombstone_key (key) select uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
 where not exists (select from tombstone_key);
insert into mirror_key (key) select uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
 where not exists (select from mirror_key);
insert into changes_folded (position) values (0) on conflict do nothing;
do $$
declare
    one record;
begin
    for one in
        select t.tgname, t.tgrelid::regclass as relation, pg_get_triggerdef(t.oid) as made
          from pg_trigger t join pg_class c on c.oid = t.tgrelid
         where c.relnamespace = current_schema()::regnamespace and not t.tgisinternal
           and pg_get_triggerdef(t.oid) like '%gitomatic_is_restoring()%'
    loop
        execute format('drop trigger %I on %s', one.tgname, one.relation);
        execute regexp_replace(one.made, ' WHEN [(].*[)] EXECUTE FUNCTION ', ' EXECUTE FUNCTION ');
    end loop;
    for one in
        select p.oid::regprocedure as name from pg_proc p join pg_language l on l.oid = p.prolang
         where p.pronamespace = current_schema()::regnamespace and starts_with(p.proname, 'gitomatic_') and l.lanname = 'plpgsql'
    loop
        execute format('alter function %s reset search_path', one.name);
    end loop;
end $$;
drop function gitomatic_is_restoring();
