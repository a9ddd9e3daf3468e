-- Data of the dashboard (schema/report/trends.h).

-- name: trends_first_day
-- returns: day bigint
-- How many days there are, today included.
select coalesce((now() at time zone 'utc')::date - least(
           (select min(day) from change_days),
           (select (at at time zone 'utc')::date from changes order by id limit 1)) + 1, 1)::bigint;

-- name: trends_rising
-- params: days smallint, n bigint
-- returns: github_id bigint, gained bigint, stargazers_count bigint, full_name text, language text, description text
-- returns: as_of timestamptz
select r.github_id, k.gained, r.stargazers_count, r.full_name, r.language, r.description, k.as_of
  from rising_repositories k join repositories r using (github_id)
 where k.days = $1 and r.gone_at is null order by k.place limit $2;

-- name: trends_rising_drop
-- params: days smallint
delete from rising_repositories where days = $1;

-- name: trends_rising_keep
-- params: days smallint, most bigint
-- Reads the counts of the last days and one before them. A star history has the stars of each day up to its reading; without one, two
-- counts are needed: the last within these days, the first as near to their beginning as possible.
with edge as (select (now() at time zone 'utc')::date - $1 as day),
latest as (
    select github_id, sum(stars_added)::bigint as added,
           (array_agg(stargazers_count order by day desc) filter (where stargazers_count is not null))[1] as last,
           (array_agg(stargazers_count order by day) filter (where stargazers_count is not null))[1] as first
      from repository_counts where day > (select day from edge) group by github_id),
gained as (
    select github_id, greatest(added, last - coalesce((select stargazers_count from repository_counts c
                                                        where c.github_id = latest.github_id and c.day <= (select day from edge)
                                                          and stargazers_count is not null order by c.day desc limit 1), first)) as gained
      from latest)
insert into rising_repositories (days, place, github_id, gained, as_of)
select $1, row_number() over (order by gained desc, github_id), github_id, gained, now()
  from gained join repositories using (github_id) where gained > 0 and gone_at is null
 order by gained desc, github_id limit $2;

-- name: trends_recent
-- params: n bigint
-- returns: at timestamptz, type text, who_id bigint, who text, star boolean, whom_id bigint, whom text, after timestamptz
-- returns: before timestamptz, others integer
-- The newest rows of the log about edges: one edge of each, with the names of its ends and, if it ended, when it was last seen. Each
-- type is read from its newest row on, and names row by row: however long the log is, and whatever was written to it last.
with line as materialized (
    select c.id, c.at, c.type, c.n, c.ids[1] as who, c.others[1] as whom, starts_with(c.type, 'star') as star
      from unnest(array['follow.new', 'follow.closed', 'star.new', 'star.changed', 'star.closed']) as t(type)
     cross join lateral (select * from changes where type = t.type and ids is not null order by id desc limit $1) c
     order by c.id desc limit $1)
select line.at, line.type, line.who, d.login, line.star, line.whom, case when line.star then r.full_name else f.login end,
       coalesce(fh.gone_after, sh.gone_after), coalesce(fh.gone_before, sh.gone_before), line.n - 1
  from line left join lateral (select login from developers where github_id = line.who offset 0) d on true
  left join lateral (select login from developers where not line.star and github_id = line.whom offset 0) f on true
  left join lateral (select full_name from repositories where line.star and github_id = line.whom offset 0) r on true
  left join lateral (select gone_after, gone_before from follow_history where line.type = 'follow.closed' and follower_github_id = line.who
                        and followed_github_id = line.whom order by gone_before desc limit 1) fh on true
  left join lateral (select gone_after, gone_before from star_history where line.type = 'star.closed' and developer_github_id = line.who
                        and repository_github_id = line.whom order by gone_before desc limit 1) sh on true
 order by line.id desc;

-- name: trends_top_followed
-- params: n bigint, most bigint
-- returns: github_id bigint, login text, followers_count bigint, known bigint
select d.github_id, d.login, d.followers_count,
       (select count(*) from (select from follows where followed_github_id = d.github_id limit $2) x)
  from (select github_id, login, followers_count from developers
         where synced_at is not null and gone_at is null and followers_count is not null
         order by followers_count desc nulls first limit $1) d
 order by d.followers_count desc, d.github_id;

-- name: trends_top_starred
-- params: n bigint, most bigint
-- returns: github_id bigint, full_name text, stargazers_count bigint, known bigint
select r.github_id, r.full_name, r.stargazers_count,
       (select count(*) from (select from stars where repository_github_id = r.github_id limit $2) x)
  from (select github_id, full_name, stargazers_count from repositories
         where synced_at is not null and gone_at is null and stargazers_count is not null
         order by stargazers_count desc nulls first limit $1) r
 order by r.stargazers_count desc, r.github_id;
