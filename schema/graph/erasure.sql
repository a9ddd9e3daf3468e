-- Forgetting a person: their rows, edges, history and names are removed, a keyed hash of the id stays (migration 0002).
-- The order: first the tombstone, jobs and rows together, while no page is being stored, so that from then on nothing of the person
-- is shown and no page adds anything; then traces in the log and in others' records, which may take long and blocks nothing. The
-- keys of those traces are stored meanwhile (erasures). Each part can be repeated.

-- define: is_forgotten(id)
-- Whether the person with this GitHub id was forgotten; NULL: no. The first half is evaluated once per statement, so that
-- databases without tombstones hash nothing. As a function of the database it costs 7 to 14 µs for each id even there (a
-- page has up to 300).
exists (select from tombstones) and exists (
    select from tombstones where hash = gitomatic_tombstone(@id@, (select key from tombstone_key)));

-- define: is_named_as_known(id)
-- For an answer about a repository without its owner: whether its name reveals only what is stored anyway. Else it may
-- contain the login of a forgotten person.
(not exists (select from tombstones)
    or exists (select from developers where lower(login collate "C") = lower(split_part(@id@ ->> 'full_name', '/', 1) collate "C") offset 0)
    or exists (select from repositories where github_id = gitomatic_told_id(@id@)
                  and lower(full_name collate "C") = lower((@id@ ->> 'full_name') collate "C") offset 0));

-- name: erasure_find
-- params: login text
-- returns: github_id bigint, login text
-- The developer with the login, gone or not; else the one who had it before.
select github_id, login from (
    select github_id, login, 1 as place, gone_at from developers where lower(login collate "C") = lower($1 collate "C")
    union all
    select l.github_id, coalesce(d.login, l.login), 2, l.seen_until
      from developer_logins l left join developers d on d.github_id = l.github_id where lower(l.login collate "C") = lower($1 collate "C")) x
 order by place, gone_at desc nulls first limit 1;

-- name: erase_jobs
-- params: github_id bigint
-- returns: open bigint
-- event: cancel
-- Cancels open jobs about the person and removes names from all stored ones. A job is about the person by a login (one that
-- no other developer has now), by the id or by one of their repositories.
with login as (
    select lower(login collate "C") as login from developers where github_id = $1
    union select lower(l.login collate "C") from developer_logins l
     where l.github_id = $1 and not exists (
           select from developers d where lower(d.login collate "C") = lower(l.login collate "C") and d.github_id <> $1)),
about as materialized (
    select id, state from jobs
     where kind in ('{jobs_name_somebody}')
       and (split_part(lower(subject collate "C"), '/', 1) in (select login from login)
            or kind in ('{jobs_list_developer}') and (args ->> 'id')::bigint = $1
            or kind in ('{jobs_of_repository}') and exists (
                select from repositories r where r.github_id = (args ->> 'id')::bigint and r.owner_github_id = $1))),
done as (
    update jobs set subject = 'forgotten', key = kind || ':forgotten:' || jobs.id, args = null, cursor = null,
           error = null, note = 'forgotten', rerun = false,
           state = case when finished_at is null then 'cancelled' else jobs.state end,
           finished_at = coalesce(finished_at, now()), worker_id = null, lease = null
      from about where jobs.id = about.id),
-- The stubs that a failed job of hydration stores for a retry.
stubs as (
    update jobs set args = jsonb_set(args, '{stubs}', (
               select coalesce(jsonb_agg(s), '[]') from jsonb_array_elements(args -> 'stubs') s
                where not ((s ->> 0) = '1' and (s ->> 1)::bigint = $1)
                  and not ((s ->> 0) = '2' and exists (
                           select from repositories r where r.github_id = (s ->> 1)::bigint and r.owner_github_id = $1))))
     where kind in ('{jobs_hydrate}') and state = 'failed' and args ? 'stubs')
select count(*) filter (where state in ('available', 'running', 'scheduled')) from about;

-- name: erase_lock
-- returns: pg_advisory_xact_lock void
-- Waits for the pages being stored and lets none begin (jobs_hold takes the other side of the lock), so that all statements of a page
-- see the same tombstones. Later steps must be separate statements.
select pg_advisory_xact_lock(gitomatic_lock(7720), 0);

-- name: erase_tombstone
-- params: github_id bigint
-- The first one makes the key: 244 random bits of PostgreSQL's own strong source.
with made as (
    insert into tombstone_key (key) select uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
     where not exists (select from tombstone_key) on conflict do nothing returning key)
insert into tombstones (hash, forgotten_at)
select gitomatic_tombstone($1, key), now() from (select key from tombstone_key union all select key from made) as one
    on conflict do nothing;

-- name: erase_repository_ids
-- params: github_id bigint
-- returns: ids bigint[]
-- Also repositories without a known owner (GH Archive names only the repository), by logins that no other account has now.
with login as (
    select lower(login collate "C") as login from developers where github_id = $1
    union select lower(l.login collate "C") from developer_logins l
     where l.github_id = $1 and not exists (
           select from developers d where lower(d.login collate "C") = lower(l.login collate "C") and d.github_id <> $1))
select coalesce(array_agg(github_id), '{}') from (
    select github_id from repositories where owner_github_id = $1
    union select r.github_id from login join repositories r
        on lower(r.full_name collate "C") > login.login || '/' and lower(r.full_name collate "C") < login.login || '0'
     where r.owner_github_id is null) as found;

-- name: erase_begun
-- params: github_id bigint, repositories bigint[]
-- Also for a person whose rows an interrupted command has removed: it stored the repositories.
insert into erasures (github_id, repositories) values ($1, $2)
on conflict (github_id) do update set repositories = array(select unnest(erasures.repositories) union select unnest(excluded.repositories));

-- name: erase_begun_repositories
-- params: github_id bigint
-- returns: ids bigint[]
-- No row: nothing is left to be erased.
select repositories from erasures where github_id = $1;

-- name: erase_done
-- params: github_id bigint
delete from erasures where github_id = $1;

-- name: erase_repositories
-- params: repositories bigint[]
-- returns: repositories bigint, stars_received bigint
-- The repositories and everything attached to them. Returns how many, and how many stars others had given them.
with owned as materialized (select github_id from repositories where github_id = any ($1)),
former as (delete from former_ids using owned where former_ids.kind = {repository} and former_ids.github_id = owned.github_id),
star as (delete from stars using owned where repository_github_id = owned.github_id returning 1),
past as (delete from star_history using owned where repository_github_id = owned.github_id),
name as (delete from repository_names using owned where repository_names.github_id = owned.github_id),
counted as (delete from repository_counts using owned where repository_counts.github_id = owned.github_id),
rising as (delete from rising_repositories using owned where rising_repositories.github_id = owned.github_id),
failed as (delete from hydration_failures using owned where kind = {repository} and hydration_failures.github_id = owned.github_id),
sampled as (
    update sample_members m set github_id = null from owned, samples s
     where s.name = m.sample and s.kind = {repository} and m.github_id = owned.github_id),
-- 0 matches no record; an empty filter would match everything.
hook as (
    update webhooks set repositories = array(select case when id = any ($1) then 0 else id end
                                               from unnest(repositories) with ordinality as x(id, place) order by place)
     where repositories && $1),
queued as (delete from hydration_queue using owned where kind = {repository} and hydration_queue.github_id = owned.github_id),
waiting as (
    delete from waiting_edges w using owned
     where w.kind = {repository} and w.github_id = owned.github_id or w.subject = owned.github_id and w.list = 'repository_stargazers'),
page as (
    delete from remembered_pages using owned
     where subject = owned.github_id and list in ('repository', 'repository_stargazers', 'repository_star_history')),
gone as (delete from repositories using owned where repositories.github_id = owned.github_id)
select (select count(*) from owned), (select count(*) from star);

-- name: erase_developer
-- params: github_id bigint
-- returns: developers bigint, logins bigint, follows bigint, stars bigint, ended bigint, days bigint
-- Returns what was removed: rows, former logins, follows, stars given, ended edges, days of counts. Repositories that went to
-- others lose their former names under the person's logins, except logins that another developer has now.
with name as (
    delete from repository_names where split_part(lower(full_name collate "C"), '/', 1) in (
        select lower(login collate "C") from developers where github_id = $1
        union select lower(l.login collate "C") from developer_logins l
         where l.github_id = $1 and not exists (
               select from developers d where lower(d.login collate "C") = lower(l.login collate "C") and d.github_id <> $1))),
row_ as (delete from developers where github_id = $1 returning 1),
former as (delete from former_ids where kind = {developer} and github_id = $1),
login as (delete from developer_logins where github_id = $1 returning 1),
counted as (delete from developer_counts where github_id = $1 returning 1),
-- A location or company may be that of this person only; the counts are renewed in a few minutes.
figure as (delete from facet_counts where list = 'developers' or field = 'owner'),
figures as (delete from facet_totals where list = 'developers' or field = 'owner'),
follow as (delete from follows where follower_github_id = $1 or followed_github_id = $1 returning 1),
star as (delete from stars where developer_github_id = $1 returning 1),
past_follow as (delete from follow_history where follower_github_id = $1 or followed_github_id = $1 returning 1),
past_star as (delete from star_history where developer_github_id = $1 returning 1),
plan as (delete from frontier where github_id = $1),
sampled as (
    update sample_members m set github_id = null from samples s where s.name = m.sample and s.kind = {developer} and m.github_id = $1),
hook as (update webhooks set developers = array_replace(developers, $1, 0) where developers @> array[$1]),
failed as (delete from hydration_failures where kind = {developer} and github_id = $1),
queued as (delete from hydration_queue where kind = {developer} and github_id = $1),
waiting as (
    delete from waiting_edges where kind = {developer} and github_id = $1 or subject = $1 and starts_with(list, 'developer')),
pass as (delete from list_passes where subject = $1 and list like 'developer%'),
page as (
    delete from remembered_pages
     where subject = $1 and list in ('developer', 'developer_id', 'developer_followers', 'developer_following', 'developer_starred',
                                     'developer_repositories'))
select (select count(*) from row_), (select count(*) from login), (select count(*) from follow),
       (select count(*) from star), (select count(*) from past_follow) + (select count(*) from past_star),
       (select count(*) from counted);

-- name: erase_traces_pages
-- params: developer bigint, repositories bigint[]
-- The id becomes 0 on others' remembered pages, as the next reading of the page would write it. Reads the whole table.
update remembered_pages
   set ids = array(select case when id = $1 and list not in ('developer_starred', 'developer_repositories')
                                 or id = any ($2) and list in ('developer_starred', 'developer_repositories')
                               then 0 else id end
                     from unnest(ids) with ordinality as x(id, place) order by place)
 where case when list in ('developer_starred', 'developer_repositories') then ids && $2
            else ids @> array[$1] end;

-- name: erase_traces_forks
-- params: repositories bigint[]
-- Forks keep the origin's number only. Reads the whole table.
update repositories set data_source = gitomatic_parents_by_id(data_source)
 where data_source ?| '{parent,source,template_repository}'
   and (parent_github_id = any ($1) or (data_source #>> '{parent,id}')::bigint = any ($1)
        or (data_source #>> '{source,id}')::bigint = any ($1)
        or (data_source #>> '{template_repository,id}')::bigint = any ($1));

-- name: erase_traces_changes
-- params: developer bigint, repositories bigint[]
-- The ids of the person and of their repositories become 0 in the log of changes, at both ends of an edge. Positions stay, so readers
-- of the log miss nothing. Reads the whole log.
update changes c set (ids, others, starred_at) = (
    select array_agg(case when erased then 0 else one end order by place),
           case when c.others is not null then array_agg(case when erased then 0 else other end order by place) end,
           case when c.starred_at is not null then array_agg(case when not erased then at end order by place) end
      from (select e.*, case split_part(c.type, '.', 1)
                        when 'developer' then one = $1
                        when 'repository' then one = any ($2)
                        when 'follow' then $1 in (one, other)
                        else one = $1 or other = any ($2) end as erased
              from unnest(c.ids, c.others, c.starred_at) with ordinality as e(one, other, at, place)) item)
 where case split_part(c.type, '.', 1)
       when 'developer' then ids @> array[$1]
       when 'repository' then ids && $2
       when 'follow' then ids @> array[$1] or others @> array[$1]
       else ids @> array[$1] or others && $2 end;

-- name: erase_alone
-- returns: pg_advisory_lock void
-- One command at a time: a page that waits for the first one's traces would delay the second at erase_lock, which delays all other
-- pages. Waits no longer than the statement timeout.
select pg_advisory_lock(gitomatic_lock(7720), 1);

-- name: erase_alone_no_more
-- returns: pg_advisory_unlock boolean
select pg_advisory_unlock(gitomatic_lock(7720), 1);

-- name: erasure_undo
-- params: github_id bigint
-- returns: forgotten_at timestamptz
delete from tombstones where hash = (select gitomatic_tombstone($1, key) from tombstone_key) returning forgotten_at;

-- name: erasure_reread
-- Pages with a forgotten person on them are read again, whatever their ETag: unchanged ones (304) would continue without the person,
-- and end edges that the person's own lists show. Reads the whole table.
update remembered_pages set etag = null where ids @> '{0}' and etag is not null;

-- name: erasure_list
-- returns: hash text, forgotten_at timestamptz
-- The first 16 digits of each hash.
select left(encode(hash, 'hex'), 16), forgotten_at from tombstones order by forgotten_at, hash;

-- name: erasure_any
-- returns: any boolean
select exists (select from tombstones);

-- name: erasure_on_page
-- params: page jsonb
-- returns: any boolean
-- Whether any id on it, of any object, belongs to a forgotten person, or a repository without an owner has a name that may be theirs.
select exists (
    select from (select case when jsonb_typeof(v) <> 'number' then null
                             when v::numeric between 1 and 9223372036854775807 then v::numeric::bigint end as id
                   from jsonb_path_query($1, 'strict $.**.id') as v) as found
     where is_forgotten(id))
    or exists (select from jsonb_path_query($1, 'strict $.** ? (exists (@.full_name))') as r
                where gitomatic_told_id(r -> 'owner') is null and not is_named_as_known(r));

-- name: erasure_knows
-- params: items jsonb
-- returns: any boolean
-- Whether any of these details is of a forgotten developer, or of a repository that is or may be theirs.
select exists (
    select from jsonb_array_elements($1) as a(e),
           unnest(array[case when e ? 'login' then (e ->> 'id')::bigint end,
                        coalesce(e #>> '{owner,id}', e #>> '{_weak,owner,id}')::bigint]) as id
     where is_forgotten(id)
        or e ? 'full_name' and gitomatic_told_id(coalesce(e -> 'owner', e #> '{_weak,owner}')) is null and not is_named_as_known(e));
