-- A task, as seen by the person who requested it.

-- name: tasks_asked
-- params: job bigint, asked_by text
-- returns: pg_notify void
-- Stores the first requester, and wakes crawlers.
with asked as (
    update jobs set asked_by = $2 where id = $1 and $2 is not null and asked_by is null)
select pg_notify(gitomatic_channel('gitomatic_jobs'), '');

-- name: tasks_end
-- params: task bigint, job bigint
-- returns: cancelled bigint, note text
-- The number of its cancelled jobs; the note of the requested job.
select count(*) filter (where state = 'cancelled'), min(note) filter (where id = $2) from jobs where task_id = $1;

-- name: tasks_lacking
-- params: task bigint, most integer
-- returns: kind text, subject text, note text, n bigint
-- Its incomplete lists: the first ones, and their number. A complete list has no note.
select kind, subject, note, count(*) over () from jobs
 where task_id = $1 and state = 'completed' and note is not null
   and (kind in ('{jobs_list_developer}') or kind in ('{jobs_of_repository}'))
 order by id limit $2;

-- name: estimate_developer
-- params: login text
-- returns: followers bigint, following bigint, repositories bigint, stars bigint, was_read boolean
-- The sizes of a developer's lists, by GitHub's counts or by the known records; whether they were read before.
select greatest(d.followers_count, 0), greatest(d.following_count, 0), greatest(d.public_repos, 0),
       (select count(*) from (select from stars where developer_github_id = d.github_id limit 100000) s),
       exists (select from list_passes p where p.subject = d.github_id and p.list = 'developer_followers')
  from developers d where lower(d.login collate "C") = lower($1 collate "C") and d.synced_at is not null and d.gone_at is null limit 1;

-- name: estimate_repository
-- params: full_name text
-- returns: stargazers bigint, was_read boolean
select greatest(stargazers_count, 0), synced_at is not null
  from repositories where lower(full_name collate "C") = lower($1 collate "C") and gone_at is null
 order by synced_at desc nulls last limit 1;

-- name: estimate_census
-- params: kind smallint, from_id bigint, to_id bigint, list text
-- returns: known bigint, remembered bigint
-- Of the range: known records, and remembered pages, which cost nothing.
select case when $1 = 1 then (select count(*) from developers where github_id between $2 and $3)
            else (select count(*) from repositories where github_id between $2 and $3) end,
       (select count(*) from remembered_pages where list = $4 and subject >= $2 - 1 and subject < $3 and etag is not null);

-- name: census_left
-- params: task bigint, last_id bigint
-- returns: ids bigint, ids_left bigint, pages bigint, cost bigint
-- Of a census up to this id: a slice ends where the next one begins. What a failed or cancelled slice did not read is left.
with slices as (
    select state = 'completed' as is_over, pages, cost, (args ->> 'from')::bigint as first,
           coalesce((cursor ->> 'since')::bigint, (args ->> 'from')::bigint - 1) as since,
           least($2, coalesce(lead((args ->> 'from')::bigint) over (order by (args ->> 'from')::bigint) - 1, (args ->> 'to')::bigint)) as last
      from jobs where task_id = $1 and kind = 'census')
select coalesce(sum(greatest(last - first + 1, 0)), 0)::bigint,
       coalesce(sum(greatest(last - since, 0)) filter (where not is_over), 0)::bigint,
       coalesce(sum(pages), 0)::bigint, coalesce(sum(cost), 0)::bigint from slices;

-- name: estimate_quota
-- params: threshold bigint, share bigint
-- returns: core_left bigint, core_limit bigint, core_reset timestamptz, graphql_left bigint, graphql_limit bigint, graphql_reset timestamptz
-- Units that may still be spent, units that may be in a window, and when it ends, of core and of graphql: without the threshold and that
-- percentage of the limit, which quota_lease leaves to others.
select coalesce(sum(greatest(0, rate_remaining - stop_at)) filter (where resource = 'core'), 0)::bigint,
       coalesce(sum(greatest(0, rate_limit - stop_at)) filter (where resource = 'core'), 0)::bigint,
       max(rate_reset) filter (where resource = 'core'),
       coalesce(sum(greatest(0, rate_remaining - stop_at)) filter (where resource = 'graphql'), 0)::bigint,
       coalesce(sum(greatest(0, rate_limit - stop_at)) filter (where resource = 'graphql'), 0)::bigint,
       max(rate_reset) filter (where resource = 'graphql')
  from (select *, $1 + (coalesce(rate_limit, 0) * $2 + 99) / 100 as stop_at from rate_limits) r;
