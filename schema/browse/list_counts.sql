-- Stored counts of the lists. list_deltas has the changes that list_counts does not include yet; every reader adds both, so
-- counts are exact in each snapshot.

-- name: list_counts_read
-- params: list text
-- returns: n bigint, pending_deltas bigint
select coalesce((select n from list_counts where list = $1 and span = 'all'), 0)::bigint + coalesce(sum(n), 0)::bigint,
       count(*)
  from list_deltas where list = $1;

-- name: list_counts_find
-- params: list text, skip bigint
-- returns: undated boolean, end_at timestamptz, before bigint
-- First the month, then the day in it: some two hundred rows, then thirty. Returns whether it is the group of records without
-- a date, when the day ends, and how many records come before it.
with month as (
    select starts, sum(sum(n)) over (order by starts desc) as upto, sum(n) as n
      from (select starts, n from list_counts where list = $1 and span = 'month'
            union all select date_trunc('month', day)::date, n from list_deltas where list = $1) as kept
     group by starts),
in_month as (select starts, upto - n as before from month where upto > $2 order by starts desc limit 1),
day as (
    select starts, sum(sum(n)) over (order by starts desc) as upto, sum(n) as n
      from (select c.starts, c.n from list_counts c, in_month m
             where c.list = $1 and c.span = 'day' and c.starts >= m.starts
               and c.starts < case when isfinite(m.starts) then (m.starts + interval '1 month')::date else '0001-01-01' end
            union all
            select d.day, d.n from list_deltas d, in_month m
             where d.list = $1 and date_trunc('month', d.day)::date = m.starts) as kept
     group by starts)
select not isfinite(day.starts), case when isfinite(day.starts) then (day.starts + 1)::timestamp at time zone 'UTC' end,
       (in_month.before + day.upto - day.n)::bigint
  from day, in_month where in_month.before + day.upto > $2 order by day.starts desc limit 1;

-- name: list_counts_fold
-- returns: n bigint
-- Only rows that this statement sees are deleted and added; later ones stay for the next run.
with mine as materialized (select pg_try_advisory_xact_lock(gitomatic_lock(7718), 1) as ok),
gone as (delete from list_deltas where (select ok from mine) returning list, day, n),
part as (
    select list, span, starts, sum(n) as n
      from gone cross join lateral (values ('day', day), ('month', date_trunc('month', day)::date),
                                           ('all', '-infinity'::date)) as p(span, starts)
     group by 1, 2, 3),
kept as (
    insert into list_counts (list, span, starts, n) select list, span, starts, n from part where n <> 0
    on conflict (list, span, starts) do update set n = list_counts.n + excluded.n)
select count(*) from gone;
