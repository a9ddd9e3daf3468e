-- migrate:up

-- Several installations in one database, a schema each: locks and channels are the database's, so they carry what tells the
-- schema. In `public` it is 0, and nothing changes there. Takes a moment.
create function gitomatic_room() returns integer language sql stable parallel safe
    as $$ select case relnamespace when 2200 then 0 else hashoid(relnamespace) end from pg_class where oid = 'developers'::regclass $$;
-- The first of an advisory lock's two numbers.
create function gitomatic_lock(number integer) returns integer language sql stable parallel safe
    as $$ select number # gitomatic_room() $$;
create function gitomatic_channel(name text) returns text language sql stable parallel safe
    as $$ select name || case gitomatic_room() when 0 then '' else '$' || to_hex(gitomatic_room()) end $$;

create or replace function gitomatic_changes_begin() returns boolean language plpgsql as $$
declare
    last bigint;
    idle text;
begin
    if current_setting('gitomatic.changes', true) = 'locked' then
        return true;
    end if;
    last := coalesce(pg_sequence_last_value('changes_id_seq'), 0);
    idle := current_setting('idle_in_transaction_session_timeout');
    if idle = '0' or idle::interval > interval '1 minute' then
        idle := set_config('idle_in_transaction_session_timeout', '60s', true);
    end if;
    idle := set_config('gitomatic.changes', 'locked', true);
    return pg_try_advisory_xact_lock_shared((gitomatic_lock(7719) & 65535)::bigint << 48 | last);
end $$;

create or replace function gitomatic_changes_horizon() returns bigint language plpgsql as $$
declare
    last bigint := coalesce(pg_sequence_last_value('changes_id_seq'), 0);
    locked bigint;
begin
    select min((classid::bigint & 65535) << 32 | objid::bigint) into locked from pg_locks
     where locktype = 'advisory' and objsubid = 1 and classid::bigint >> 16 = gitomatic_lock(7719) & 65535
       and database = (select oid from pg_database where datname = current_database());
    return least(last, locked);
end $$;
do $$
declare
    one regprocedure;
begin
    foreach one in array array['gitomatic_changes_begin()', 'gitomatic_changes_horizon()']::regprocedure[] loop
        execute format('alter function %s set search_path = pg_catalog, %I, pg_temp', one, current_schema());
    end loop;
end $$;

-- migrate:down

create or replace function gitomatic_changes_begin() returns boolean language plpgsql as $$
declare
    last bigint;
    idle text;
begin
    if current_setting('gitomatic.changes', true) = 'locked' then
        return true;
    end if;
    last := coalesce(pg_sequence_last_value('changes_id_seq'), 0);
    idle := current_setting('idle_in_transaction_session_timeout');
    if idle = '0' or idle::interval > interval '1 minute' then
        idle := set_config('idle_in_transaction_session_timeout', '60s', true);
    end if;
    idle := set_config('gitomatic.changes', 'locked', true);
    return pg_try_advisory_xact_lock_shared(7719::bigint << 48 | last);
end $$;

create or replace function gitomatic_changes_horizon() returns bigint language plpgsql as $$
declare
    last bigint := coalesce(pg_sequence_last_value('changes_id_seq'), 0);
    locked bigint;
begin
    select min((classid::bigint & 65535) << 32 | objid::bigint) into locked from pg_locks
     where locktype = 'advisory' and objsubid = 1 and classid::bigint >> 16 = 7719
       and database = (select oid from pg_database where datname = current_database());
    return least(last, locked);
end $$;
do $$
declare
    one regprocedure;
begin
    foreach one in array array['gitomatic_changes_begin()', 'gitomatic_changes_horizon()']::regprocedure[] loop
        execute format('alter function %s set search_path = pg_catalog, %I, pg_temp', one, current_schema());
    end loop;
end $$;
drop function gitomatic_channel(text);
drop function gitomatic_lock(integer);
drop function gitomatic_room();
