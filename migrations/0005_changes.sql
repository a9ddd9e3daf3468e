-- migrate:up

-- What changed, in the order in which it is told to others (GET /github/changes/). A row stands for a statement, with the
-- ids of all it touched, so a page of a hundred new edges costs one row of it. Triggers write it, so whoever changes the
-- four tables is told of. known and synced: by how much the numbers of records that are not gone (of edges that hold), and
-- of those of them that are synced, moved. ids null: rows that were erased, for the numbers only.
create table changes (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default now(),
    type       text not null,
    n          integer not null,
    known      integer not null,
    synced     integer not null default 0,
    ids        bigint[] compression lz4,
    others     bigint[] compression lz4,
    starred_at timestamptz[] compression lz4
);
create index changes_type on changes (type, id);
create index changes_at on changes (at);

-- The same by day (UTC) and type, up to a position; the scheduler moves it on. Totals are these and what stands behind.
create table change_days (
    day    date not null,
    type   text not null,
    n      bigint not null,
    known  bigint not null,
    synced bigint not null,
    primary key (day, type)
);
create table changes_folded (
    only_one boolean primary key default true check (only_one),
    position bigint not null
);
insert into changes_folded (position) values (0);

-- Readers follow `id`, but transactions do not commit in its order. So a writer locks, before it takes its first id, the
-- last id that was taken: all of its ids are above. gitomatic_changes_horizon() is the highest id up to which nothing can
-- appear any more: it reads the last id L first and the locks afterwards. An id <= L of a transaction that is still open
-- was taken before, its lock earlier still, so the lock is seen and the horizon is below it. A lock not seen means a
-- transaction that is over: what it wrote is visible to every statement that begins after the call.
-- It holds for the primary alone: a replica shows no locks.
-- The reader waits for open transactions, so one that has written here may not idle for over a minute.
-- (Assignments of plain calls, no queries: it runs with every page. The lock is shared, so it is always given.)
create function gitomatic_changes_begin() returns boolean language plpgsql as $$
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

create function gitomatic_changes_horizon() returns bigint language plpgsql as $$
declare
    last bigint := coalesce(pg_sequence_last_value('changes_id_seq'), 0);
    locked bigint;
begin
    select min((classid::bigint & 65535) << 32 | objid::bigint) into locked from pg_locks
     where locktype = 'advisory' and objsubid = 1 and classid::bigint >> 16 = 7719
       and database = (select oid from pg_database where datname = current_database());
    return least(last, locked);
end $$;

-- The triggers. A row of the log holds a thousand at most; statements of pages stay below that and take a shorter way. What
-- changes while it is gone is not told. The new and the old state of a record meet in a grouping: crawlers' sessions do
-- not use hash joins.
create function gitomatic_record_inserted() returns trigger language plpgsql as $$
declare
    ok boolean;
    rows bigint;
    gone bigint;
begin
    select count(*), count(gone_at) into rows, gone from new_rows;
    if rows = 0 then
        return null;
    end if;
    ok := gitomatic_changes_begin();
    if rows <= 1000 and gone = 0 then
        insert into changes (type, n, known, synced, ids)
        select tg_argv[0] || '.new', count(*), count(*), count(synced_at), array_agg(github_id) from new_rows;
        return null;
    end if;
    insert into changes (type, n, known, synced, ids)
    select tg_argv[0] || event, count(*), case event when '.new' then count(*) else - count(*) end,
           case event when '.new' then count(synced_at) else - count(synced_at) end, array_agg(github_id)
      from (select github_id, synced_at, event, (row_number() over (partition by event) - 1) / 1000 as chunk
              from new_rows, lateral (select '.new' as event union all select '.gone' where gone_at is not null) e) x
     group by event, chunk order by event desc, chunk;
    return null;
end $$;

create function gitomatic_record_updated() returns trigger language plpgsql as $$
declare
    ok boolean;
begin
    if exists (select from new_rows) then
        ok := gitomatic_changes_begin();
        insert into changes (type, n, known, synced, ids)
        select tg_argv[0] || event, count(*), sum(now_known - was_known), sum(now_synced - was_synced),
               array_agg(github_id)
          from (select *, (row_number() over (partition by event) - 1) / 1000 as chunk
                  from (select *, case when now_known < was_known then '.gone' when now_known > was_known then '.restored'
                                       when now_synced > was_synced then '.synced' else '.changed' end as event
                          from (select github_id, sum(known) filter (where not later) as was_known,
                                       sum(known) filter (where later) as now_known,
                                       sum(known * synced) filter (where not later) as was_synced,
                                       sum(known * synced) filter (where later) as now_synced
                                  from (select github_id, false as later, (gone_at is null)::integer as known,
                                               (synced_at is not null)::integer as synced from old_rows
                                        union all
                                        select github_id, true, (gone_at is null)::integer,
                                               (synced_at is not null)::integer from new_rows) side
                                 group by github_id) record
                         where was_known + now_known > 0) named) counted
         group by event, chunk order by event, chunk;
    end if;
    return null;
end $$;

create function gitomatic_record_deleted() returns trigger language plpgsql as $$
declare
    ok boolean;
begin
    if exists (select from old_rows) then
        ok := gitomatic_changes_begin();
        insert into changes (type, n, known, synced)
        select tg_argv[0] || '.erased', count(*), - count(*) filter (where gone_at is null),
               - count(synced_at) filter (where gone_at is null) from old_rows;
    end if;
    return null;
end $$;

create function gitomatic_follows_inserted() returns trigger language plpgsql as $$
declare
    ok boolean;
    rows bigint;
begin
    select count(*) into rows from new_rows;
    if rows = 0 then
        return null;
    end if;
    ok := gitomatic_changes_begin();
    if rows <= 1000 then
        insert into changes (type, n, known, ids, others)
        select 'follow.new', count(*), count(*), array_agg(follower_github_id), array_agg(followed_github_id)
          from new_rows;
    else
        insert into changes (type, n, known, ids, others)
        select 'follow.new', count(*), count(*), array_agg(follower_github_id), array_agg(followed_github_id)
          from (select *, (row_number() over () - 1) / 1000 as chunk from new_rows) x group by chunk order by chunk;
    end if;
    return null;
end $$;

-- Erased edges (schema/erasure.c) are counted and not told.
create function gitomatic_follows_deleted() returns trigger language plpgsql as $$
declare
    ok boolean;
    rows bigint;
begin
    select count(*) into rows from old_rows;
    if rows = 0 then
        return null;
    end if;
    ok := gitomatic_changes_begin();
    if current_setting('gitomatic.erasing', true) = 'on' then
        insert into changes (type, n, known) values ('follow.erased', rows, - rows);
    elsif rows <= 1000 then
        insert into changes (type, n, known, ids, others)
        select 'follow.closed', count(*), - count(*), array_agg(follower_github_id), array_agg(followed_github_id)
          from old_rows;
    else
        insert into changes (type, n, known, ids, others)
        select 'follow.closed', count(*), - count(*), array_agg(follower_github_id), array_agg(followed_github_id)
          from (select *, (row_number() over () - 1) / 1000 as chunk from old_rows) x group by chunk order by chunk;
    end if;
    return null;
end $$;

create function gitomatic_stars_inserted() returns trigger language plpgsql as $$
declare
    ok boolean;
    rows bigint;
begin
    select count(*) into rows from new_rows;
    if rows = 0 then
        return null;
    end if;
    ok := gitomatic_changes_begin();
    if rows <= 1000 then
        insert into changes (type, n, known, ids, others, starred_at)
        select 'star.new', count(*), count(*), array_agg(developer_github_id), array_agg(repository_github_id),
               array_agg(starred_at)
          from new_rows;
    else
        insert into changes (type, n, known, ids, others, starred_at)
        select 'star.new', count(*), count(*), array_agg(developer_github_id), array_agg(repository_github_id),
               array_agg(starred_at)
          from (select *, (row_number() over () - 1) / 1000 as chunk from new_rows) x group by chunk order by chunk;
    end if;
    return null;
end $$;

create function gitomatic_stars_updated() returns trigger language plpgsql as $$
declare
    ok boolean;
    rows bigint;
begin
    select count(*) into rows from new_rows;
    if rows = 0 then
        return null;
    end if;
    ok := gitomatic_changes_begin();
    if rows <= 1000 then
        insert into changes (type, n, known, ids, others, starred_at)
        select 'star.changed', count(*), 0, array_agg(developer_github_id), array_agg(repository_github_id),
               array_agg(starred_at)
          from new_rows;
    else
        insert into changes (type, n, known, ids, others, starred_at)
        select 'star.changed', count(*), 0, array_agg(developer_github_id), array_agg(repository_github_id),
               array_agg(starred_at)
          from (select *, (row_number() over () - 1) / 1000 as chunk from new_rows) x group by chunk order by chunk;
    end if;
    return null;
end $$;

create function gitomatic_stars_deleted() returns trigger language plpgsql as $$
declare
    ok boolean;
    rows bigint;
begin
    select count(*) into rows from old_rows;
    if rows = 0 then
        return null;
    end if;
    ok := gitomatic_changes_begin();
    if current_setting('gitomatic.erasing', true) = 'on' then
        insert into changes (type, n, known) values ('star.erased', rows, - rows);
    elsif rows <= 1000 then
        insert into changes (type, n, known, ids, others, starred_at)
        select 'star.closed', count(*), - count(*), array_agg(developer_github_id), array_agg(repository_github_id),
               array_agg(starred_at)
          from old_rows;
    else
        insert into changes (type, n, known, ids, others, starred_at)
        select 'star.closed', count(*), - count(*), array_agg(developer_github_id), array_agg(repository_github_id),
               array_agg(starred_at)
          from (select *, (row_number() over () - 1) / 1000 as chunk from old_rows) x group by chunk order by chunk;
    end if;
    return null;
end $$;

-- An emptied table: what it held is counted off. Nobody writes meanwhile.
create function gitomatic_table_truncated() returns trigger language plpgsql as $$
declare
    ok boolean;
begin
    ok := gitomatic_changes_begin();
    insert into changes (type, n, known, synced)
    select tg_argv[0] || '.erased', 0, - coalesce(sum(known), 0), - coalesce(sum(synced), 0)
      from (select type, known, synced from change_days
            union all
            select type, known, synced from changes where id > (select position from changes_folded)) all_of_it
     where starts_with(type, tg_argv[0] || '.');
    return null;
end $$;

create trigger changes_inserted after insert on developers referencing new table as new_rows
    for each statement execute function gitomatic_record_inserted('developer');
create trigger changes_updated after update on developers referencing old table as old_rows new table as new_rows
    for each statement execute function gitomatic_record_updated('developer');
create trigger changes_deleted after delete on developers referencing old table as old_rows
    for each statement execute function gitomatic_record_deleted('developer');
create trigger changes_inserted after insert on repositories referencing new table as new_rows
    for each statement execute function gitomatic_record_inserted('repository');
create trigger changes_updated after update on repositories referencing old table as old_rows new table as new_rows
    for each statement execute function gitomatic_record_updated('repository');
create trigger changes_deleted after delete on repositories referencing old table as old_rows
    for each statement execute function gitomatic_record_deleted('repository');
create trigger changes_inserted after insert on follows referencing new table as new_rows
    for each statement execute function gitomatic_follows_inserted();
create trigger changes_deleted after delete on follows referencing old table as old_rows
    for each statement execute function gitomatic_follows_deleted();
create trigger changes_inserted after insert on stars referencing new table as new_rows
    for each statement execute function gitomatic_stars_inserted();
create trigger changes_updated after update on stars referencing new table as new_rows
    for each statement execute function gitomatic_stars_updated();
create trigger changes_deleted after delete on stars referencing old table as old_rows
    for each statement execute function gitomatic_stars_deleted();
create trigger changes_truncated after truncate on developers
    for each statement execute function gitomatic_table_truncated('developer');
create trigger changes_truncated after truncate on repositories
    for each statement execute function gitomatic_table_truncated('repository');
create trigger changes_truncated after truncate on follows
    for each statement execute function gitomatic_table_truncated('follow');
create trigger changes_truncated after truncate on stars
    for each statement execute function gitomatic_table_truncated('star');

-- The log anew from what the tables tell: for a database that was there before it, and for whoever filled the tables with
-- the triggers off. Writers wait meanwhile; some minutes for ten million edges. What followers have read, they read again.
create function gitomatic_changes_rebuild() returns void language plpgsql as $$
declare
    ok boolean;
begin
    lock table developers, repositories, follows, stars in share row exclusive mode;
    ok := gitomatic_changes_begin();
    delete from change_days;
    delete from changes;
    insert into changes (at, type, n, known, synced, ids, others, starred_at)
    select at, type, count(*), count(*) * known, count(*) * synced, array_agg(id),
           case when bool_or(other is not null) then array_agg(other) end,
           case when starts_with(type, 'star.') then array_agg(starred) end
      from (select *, (row_number() over (partition by at, place) - 1) / 1000 as chunk
              from (select first_seen_at as at, 1 as place, 'developer.new' as type, 1 as known, 0 as synced,
                           github_id as id, null::bigint as other, null::timestamptz as starred from developers
                    union all
                    select greatest(synced_at, first_seen_at), 2, 'developer.synced', 0, 1, github_id, null, null
                      from developers where synced_at is not null
                    union all
                    select first_seen_at, 3, 'repository.new', 1, 0, github_id, null, null from repositories
                    union all
                    select greatest(synced_at, first_seen_at), 4, 'repository.synced', 0, 1, github_id, null, null
                      from repositories where synced_at is not null
                    union all
                    select first_seen_at, 5, 'follow.new', 1, 0, follower_github_id, followed_github_id, null from follows
                    union all
                    select first_seen_at, 5, 'follow.new', 1, 0, follower_github_id, followed_github_id, null
                      from follow_history
                    union all
                    select greatest(gone_before, first_seen_at), 6, 'follow.closed', -1, 0, follower_github_id,
                           followed_github_id, null from follow_history
                    union all
                    select first_seen_at, 7, 'star.new', 1, 0, developer_github_id, repository_github_id, starred_at
                      from stars
                    union all
                    select first_seen_at, 7, 'star.new', 1, 0, developer_github_id, repository_github_id, starred_at
                      from star_history
                    union all
                    select greatest(gone_before, first_seen_at), 8, 'star.closed', -1, 0, developer_github_id,
                           repository_github_id, starred_at from star_history
                    union all
                    select greatest(gone_at, synced_at, first_seen_at), 9, 'developer.gone', -1,
                           - (synced_at is not null)::integer, github_id, null, null from developers
                     where gone_at is not null
                    union all
                    select greatest(gone_at, synced_at, first_seen_at), 10, 'repository.gone', -1,
                           - (synced_at is not null)::integer, github_id, null, null from repositories
                     where gone_at is not null) event) counted
     group by at, place, type, known, synced, chunk order by at, place, chunk;
    update changes_folded set position = 0;
end $$;

select gitomatic_changes_rebuild();

-- Jobs that are over, a million of them kept, by subject; a job enters once, when it ends. By state and kind lists walk the
-- primary key: indexes for those cost the queue more than they are worth.
create index jobs_over_subject on jobs (lower(subject), id) where finished_at is not null;

-- migrate:down

drop index jobs_over_subject;
drop trigger changes_inserted on developers;
drop trigger changes_updated on developers;
drop trigger changes_deleted on developers;
drop trigger changes_inserted on repositories;
drop trigger changes_updated on repositories;
drop trigger changes_deleted on repositories;
drop trigger changes_inserted on follows;
drop trigger changes_deleted on follows;
drop trigger changes_inserted on stars;
drop trigger changes_updated on stars;
drop trigger changes_deleted on stars;
drop trigger changes_truncated on developers;
drop trigger changes_truncated on repositories;
drop trigger changes_truncated on follows;
drop trigger changes_truncated on stars;
drop function gitomatic_changes_rebuild();
drop function gitomatic_table_truncated();
drop function gitomatic_stars_deleted();
drop function gitomatic_stars_updated();
drop function gitomatic_stars_inserted();
drop function gitomatic_follows_deleted();
drop function gitomatic_follows_inserted();
drop function gitomatic_record_deleted();
drop function gitomatic_record_updated();
drop function gitomatic_record_inserted();
drop function gitomatic_changes_horizon();
drop function gitomatic_changes_begin();
drop table changes_folded, change_days, changes;
