-- migrate:up

-- A star whose time of starring moved was taken back in between: the one before goes to the history. It ended no later than
-- the new one was given. Only stars of which a time was known tell so. Runs once a statement, and only where rows changed.
create or replace function gitomatic_stars_updated() returns trigger language plpgsql as $$
declare
    ok boolean;
    rows bigint;
begin
    select count(*) into rows from new_rows;
    if rows = 0 then
        return null;
    end if;
    insert into star_history (developer_github_id, repository_github_id, starred_at, first_seen_at, gone_after, gone_before)
    select o.developer_github_id, o.repository_github_id, o.starred_at, o.first_seen_at,
           least(x.seen, x.ended), x.ended
      from old_rows o join new_rows n using (developer_github_id, repository_github_id),
           lateral (select gitomatic_star_seen(o.developer_github_id, o.first_seen_at) as seen,
                           greatest(o.first_seen_at, least(n.starred_at, now())) as ended) x
     where o.starred_at <> n.starred_at and o.first_seen_at <> n.first_seen_at
    on conflict do nothing;
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
drop trigger changes_updated on stars;
create trigger changes_updated after update on stars referencing old table as old_rows new table as new_rows
    for each statement execute function gitomatic_stars_updated();

-- What is met in full is told as new and as synced, as everything else that is synced: the events of a type then add up.
create or replace function gitomatic_record_inserted() returns trigger language plpgsql as $$
declare
    ok boolean;
begin
    if not exists (select from new_rows) then
        return null;
    end if;
    ok := gitomatic_changes_begin();
    insert into changes (type, n, known, synced, ids)
    select tg_argv[0] || event, count(*), known * count(*), sum(synced), array_agg(github_id)
      from (select github_id, event, place, known,
                   case when synced_at is null or place = 1 then 0 when place = 2 then 1 else -1 end as synced,
                   (row_number() over (partition by place) - 1) / 1000 as chunk
              from new_rows, (values (1, '.new', 1), (2, '.synced', 0), (3, '.gone', -1)) e(place, event, known)
             where place = 1 or place = 2 and synced_at is not null or place = 3 and gone_at is not null) x
     group by place, event, known, chunk order by place, chunk;
    return null;
end $$;

-- migrate:down

drop trigger changes_updated on stars;
create or replace function gitomatic_record_inserted() returns trigger language plpgsql as $$
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
create or replace function gitomatic_stars_updated() returns trigger language plpgsql as $$
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
create trigger changes_updated after update on stars referencing new table as new_rows
    for each statement execute function gitomatic_stars_updated();
