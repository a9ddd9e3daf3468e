-- Maintained, not counted: the sums by day (change_days), plus the changes that they do not include yet, in one statement, so that
-- the result is exact.

-- name: stats_growth
-- params: days integer
-- returns: day timestamptz, developers bigint, developers_synced bigint, developers_gone bigint, repositories bigint
-- returns: repositories_synced bigint, repositories_gone bigint, follows bigint, follows_closed bigint, stars bigint
-- returns: stars_closed bigint
-- The last days (UTC), today first: of each kind, how many were new, became full records, or ended.
with day as (
    select ((now() at time zone 'utc')::date - n) as day from generate_series(0, $1 - 1) as n),
part as (
    select day, type, n from change_days where day > (now() at time zone 'utc')::date - $1
    union all
    select (at at time zone 'utc')::date, type, n from changes where id > coalesce((select position from changes_folded), 0))
select day.day::timestamp at time zone 'utc',
       coalesce(sum(n) filter (where type = 'developer.new'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'developer.synced'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'developer.gone'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'repository.new'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'repository.synced'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'repository.gone'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'follow.new'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'follow.closed'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'star.new'), 0)::bigint,
       coalesce(sum(n) filter (where type = 'star.closed'), 0)::bigint
  from day left join part on part.day = day.day group by day.day order by day.day desc;

-- name: stats_jobs
-- params: most integer
-- returns: available bigint, running bigint, scheduled bigint, completed bigint, failed bigint, cancelled bigint
-- returns: now timestamptz, last_change timestamptz
-- Jobs by state, counted by index up to `most` + 1; the time of the counts; when the last change was stored. Completed jobs have no
-- index: they are the finished ones without the failed and the cancelled.
select c.available, c.running, c.scheduled,
       case when c.failed <= $1 and c.cancelled <= $1
            then (select count(*) from (select from jobs where finished_at is not null limit $1 + 1 + c.failed + c.cancelled) x)
                 - c.failed - c.cancelled
            else (select count(*) from (select from jobs where state = 'completed' and finished_at is not null limit $1 + 1) x) end,
       c.failed, c.cancelled, now(), (select at from changes order by id desc limit 1)
  from (select (select count(*) from (select from jobs where state = 'available' limit $1 + 1) x) as available,
               (select count(*) from (select from jobs where state = 'running' limit $1 + 1) x) as running,
               (select count(*) from (select from jobs where state = 'scheduled' limit $1 + 1) x) as scheduled,
               (select count(*) from (select from jobs where state = 'failed' and finished_at is not null limit $1 + 1) x) as failed,
               (select count(*) from (select from jobs where state = 'cancelled' and finished_at is not null limit $1 + 1) x) as cancelled
        offset 0) c;
