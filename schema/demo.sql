-- The past of a demo (schema/demo.h). Random choices are made by hashes, so that the days of one record fit together.

-- name: demo_has_past
-- returns: enough boolean, done boolean
-- Whether there are enough records for a past, and whether there is one already.
select (select count(*) filter (where synced_at is not null) >= greatest(50, 0.9 * count(*)) from developers)
       and not exists (select from jobs where state in ('available', 'running')) and not exists (select from hydration_queue),
       exists (select from change_days where day < (now() at time zone 'utc')::date)
       or exists (select from developer_counts where day < (now() at time zone 'utc')::date);

-- name: demo_growth
-- params: days integer
-- Moves most of today's new records and edges to the days before, a third of them to the first day. One in ten of a day's new edges
-- ended on that day. What is added to a day is taken from today, so the sums stay.
with total as (
    select type, sum(n) as n, sum(known) as known, sum(synced) as synced
      from (select type, n, known, synced from change_days
            union all
            select type, n, known, synced from changes where id > coalesce((select position from changes_folded), 0)) all_of_it
     where type in ('developer.new', 'developer.synced', 'repository.new', 'repository.synced', 'follow.new', 'star.new') group by type),
past as (
    select (now() at time zone 'utc')::date - ago as day, type,
           case when ago = $1 - 1 then 0.33 else 0.5 / ($1 - 2) * (0.3 + 1.4 * (abs(hashint8(ago * 31 + hashtext(left(type, 9)))) % 100) / 100.0) end as share,
           n, known, synced
      from total cross join generate_series(1, $1 - 1) as ago),
moved as (
    select day, type, floor(n * share)::bigint as n, floor(known * share)::bigint as known, floor(synced * share)::bigint as synced from past),
ended as (
    select day, replace(type, 'new', 'closed') as closed, type, least(n / 10 + 1, 4) as n from moved
     where type in ('follow.new', 'star.new') and n >= 5),
rows as (
    select day, type, n, known, synced from moved
    union all
    select (now() at time zone 'utc')::date, type, -n, -known, -synced from moved
    union all
    select day, type, n, n, 0 from ended
    union all
    select day, closed, n, -n, 0 from ended)
insert into change_days (day, type, n, known, synced)
select day, type, sum(n), sum(known), sum(synced) from rows group by day, type order by day, type
on conflict (day, type) do update
   set n = change_days.n + excluded.n, known = change_days.known + excluded.known, synced = change_days.synced + excluded.synced;

-- name: demo_developers
-- params: days integer
-- Counts that grew to the present ones, each at its own pace, with an occasional step back.
insert into developer_counts (github_id, day, followers_count, following_count, public_repos, public_gists)
select d.github_id, (now() at time zone 'utc')::date - ago,
       greatest(0, followers_count - round(followers_count * ago * pace / 100.0 / $1)::bigint - wiggle),
       greatest(0, following_count - round(following_count * ago * pace / 150.0 / $1)::bigint),
       greatest(0, public_repos - (ago * pace / 400)), public_gists
  from developers d cross join generate_series(1, $1 - 1) as ago
 cross join lateral (select 5 + abs(hashint8(d.github_id)) % 40 as pace, abs(hashint8(d.github_id * 31 + ago)) % 3 as wiggle) chance
 where d.synced_at is not null and followers_count is not null
 order by 1, 2
on conflict do nothing;

-- name: demo_repositories
-- params: days integer
-- Stars of these days are known if GitHub's star history was read.
insert into repository_counts (github_id, day, stargazers_count, forks_count, subscribers_count, open_issues_count)
select r.github_id, (now() at time zone 'utc')::date - ago,
       case when not exists (select from repository_counts c where c.github_id = r.github_id and c.stars_added is not null)
            then greatest(0, stargazers_count - round(stargazers_count * ago * pace / 100.0 / $1)::bigint) end,
       greatest(0, forks_count - ago * pace / 500), subscribers_count,
       greatest(0, open_issues_count + abs(hashint8(r.github_id * 31 + ago / 3)) % 3 - 1)
  from repositories r cross join generate_series(1, $1 - 1) as ago
 cross join lateral (select 5 + abs(hashint8(r.github_id)) % 40 as pace) chance
 where r.synced_at is not null and stargazers_count is not null
 order by 1, 2
on conflict (github_id, day) do update
   set forks_count = excluded.forks_count, subscribers_count = excluded.subscribers_count, open_issues_count = excluded.open_issues_count;

-- name: demo_quota
-- A day of samples: windows of an hour, with different amounts spent. The sums grow up to the first real sample.
insert into quota_samples (at, credential, resource, rate_limit, rate_remaining, people, discovery, mirror)
select at, credential, resource, rate_limit, rate_limit - rate_limit * (minute + 5) / 65 * busy / 100,
       begin.people - ago * 3, begin.discovery - ago * 2, begin.mirror - ago
  from quota_buckets
 cross join lateral (
        select coalesce(min(people), spent_people) as people, coalesce(min(discovery), spent_discovery) as discovery,
               coalesce(min(mirror), spent_mirror) as mirror
          from quota_samples real where real.credential = quota_buckets.credential and real.resource = quota_buckets.resource) begin
 cross join lateral (
        select ago, date_bin('5 minutes', now(), '2026-01-01') - ago * interval '5 minutes' as at from generate_series(1, 288) as ago) sample
 cross join lateral (
        select extract(minute from at)::integer as minute, 10 + abs(hashint8((extract(epoch from at) / 3600)::bigint)) % 60 as busy) chance
 where rate_limit is not null
on conflict do nothing;

-- name: demo_crawled
-- params: label text
-- returns: crawled boolean
-- Whether this credential is known here, or records of a demo were imported. The credential's row stays while it is in use, and as long
-- afterwards as retention_credentials says; the mark of an import stays for good.
select exists (select from credentials where label = $1 or kind = 'demo');

-- name: demo_has_records
-- returns: any_record boolean
select exists (select from developers) or exists (select from repositories);

-- name: demo_mark
-- No process uses it, so no figure of credentials contains it.
insert into credentials (label, kind, position, seen_at) values ('demo', 'demo', 0, '-infinity') on conflict do nothing;

-- name: demo_unmark
delete from credentials
 where kind = 'demo' and not exists (select from developers) and not exists (select from repositories);

-- name: demo_next
-- returns: login text
select login from (select d.login, f.last_at from developers d join frontier f using (github_id)
                    where d.synced_at is not null and d.gone_at is null and d.type = 'User' and f.last_at is not null
                    order by d.followers_count desc nulls last, d.github_id limit 12) most
 order by last_at limit 1;
