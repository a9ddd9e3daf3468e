-- Why a developer was synced, when next, and what it cost.

-- name: why_developer
-- params: login text
-- returns: github_id bigint, login text, type text, first_seen_at timestamptz, synced_at timestamptz, gone_at timestamptz
-- returns: gone_reason text, reason text, last_at timestamptz, next_at timestamptz, due boolean, counts bigint[]
-- returns: walks integer, changes integer, followers bigint, following bigint, stars bigint, repositories bigint
-- returns: followed_by text, first_requested_by text
-- The developer with the login; else the one who had it before. Edges are counted up to 100,000 each. first_requested_by: who requested
-- the profile before the developer was known ('': not known who), as long as that job is stored.
select d.github_id, d.login, d.type, d.first_seen_at, d.synced_at, d.gone_at, d.gone_reason,
       f.reason, f.last_at, f.next_at, f.next_at <= now(), f.counts, f.walks, f.changes,
       (select count(*) from (select from follows where followed_github_id = d.github_id limit 100000) x),
       (select count(*) from (select from follows where follower_github_id = d.github_id limit 100000) x),
       (select count(*) from (select from stars where developer_github_id = d.github_id limit 100000) x),
       (select count(*) from (select from repositories where owner_github_id = d.github_id and gone_at is null
                               limit 100000) x),
       -- The first edge that led to the developer, if it is another developer's.
       (select a.login from follows e join developers a on a.github_id = e.follower_github_id
         where e.followed_github_id = d.github_id order by e.first_seen_at, e.follower_github_id limit 1),
       (select coalesce(j.asked_by, '')
          from (select lower(d.login collate "C") as login
                union select lower(l.login collate "C") from developer_logins l where l.github_id = d.github_id) name
          join jobs j on j.key = 'full_profile_sync:' || name.login
         where j.kind = 'full_profile_sync' and j.id = j.task_id and j.created_at <= d.first_seen_at
           and not exists (select from developer_logins other where lower(other.login collate "C") = name.login
                              and other.github_id <> d.github_id and other.seen_until >= j.created_at)
         order by j.id limit 1)
  from (select github_id from (
            select github_id, 1 as place, gone_at as at from developers where lower(login collate "C") = lower($1 collate "C")
            union all
            select github_id, 2, seen_until from developer_logins where lower(login collate "C") = lower($1 collate "C")) x
         order by place, at desc nulls first limit 1) who
  join developers d on d.github_id = who.github_id
  left join frontier f on f.github_id = d.github_id;

-- name: why_syncs
-- params: github_id bigint, n integer
-- returns: id bigint, task_id bigint, state text, created_at timestamptz, started_at timestamptz, finished_at timestamptz
-- returns: run_at timestamptz, task_kind text, priority smallint, note text, error text, n_jobs bigint, n_open bigint
-- returns: pages bigint, records bigint, cost bigint, trouble text, n_hydrations bigint, hydration_cost bigint, requested_by text
-- The newest stored full_profile_sync jobs of the developer, under any of their logins, each with the jobs of the same
-- task: the lists, the stargazers of their repositories. Hydration is done for a task as a whole, so it is counted separately.
-- A sync is completed if none of its jobs failed or was cancelled. Costs are what GitHub charged: requests and GraphQL points.
-- trouble: up to five different texts, and the number of others.
with name as (
    select lower(login collate "C") as login from developers where github_id = $1
    union select lower(login collate "C") from developer_logins where github_id = $1)
select p.id, p.task_id,
       case when p.state <> 'completed' then p.state
            when own.failed > 0 or p.id = p.task_id and hydration.failed > 0 then 'failed'
            when own.cancelled > 0 or p.id = p.task_id and hydration.cancelled > 0 then 'cancelled'
            else p.state end, p.created_at, p.started_at, p.finished_at, p.run_at,
       coalesce((select first.kind from jobs first where first.id = p.task_id), ''), p.priority, p.note, p.error,
       own.n, own.open, own.pages, own.records, own.cost,
       nullif(concat_ws('; ', array_to_string(trouble.texts[1:5], '; '),
                        case when cardinality(trouble.texts) > 5 then 'and ' || cardinality(trouble.texts) - 5 || ' more' end), ''),
       hydration.n, hydration.cost, (select first.asked_by from jobs first where first.id = p.task_id)
  from (select jobs.* from name join jobs on jobs.key = 'full_profile_sync:' || name.login
         where jobs.kind = 'full_profile_sync' order by jobs.id desc limit $2) p,
       lateral (
           select count(*) as n, count(*) filter (where finished_at is null) as open,
                  count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'cancelled') as cancelled,
                  coalesce(sum(pages), 0)::bigint as pages, coalesce(sum(records), 0)::bigint as records,
                  coalesce(sum(cost), 0)::bigint as cost,
                  array_agg(distinct kind || ': ' || coalesce(error, note))
                      filter (where id <> p.id and coalesce(error, note) is not null) as texts
             from jobs where task_id = p.task_id and (
                  id = p.id or kind in ('{jobs_list_developer}') and (args ->> 'id')::bigint = $1
                  or kind in ('{jobs_of_repository}') and split_part(lower(subject collate "C"), '/', 1) in (select login from name))) own,
       lateral (
           select count(*) as n, count(*) filter (where state = 'failed') as failed,
                  count(*) filter (where state = 'cancelled') as cancelled, coalesce(sum(cost), 0)::bigint as cost,
                  array_agg(distinct kind || ': ' || error) filter (where state = 'failed' and error is not null) as texts
             from jobs where task_id = p.task_id and kind in ('{jobs_hydrate}')) hydration,
       lateral (select own.texts || case when p.id = p.task_id then hydration.texts end as texts) trouble
 order by p.id desc;
