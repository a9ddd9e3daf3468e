-- Values of a record by day (UTC). A record has a few hundred days, most of them from the star history.

-- name: history_repository
-- params: github_id bigint
-- returns: full_name text, created_at timestamptz, incomplete boolean, now timestamptz, private boolean
-- Name, creation, and whether its star history is being read for the first time and is therefore incomplete.
select full_name, created_at,
       exists (select from jobs where key = 'repository_star_history:' || $1 and finished_at is null and cursor is not null), now(),
       coalesce(private, false)
  from repositories where github_id = $1;

-- name: history_repository_days
-- params: github_id bigint
-- returns: number integer, stargazers_count bigint, stars_added bigint, n bigint, forks_count bigint, subscribers_count bigint
-- returns: open_issues_count bigint
-- Day since 1970, then the fields in their order (schema/report/history.c).
select coalesce(c.day, e.day) - date '1970-01-01' as number, c.stargazers_count, c.stars_added, e.n, c.forks_count,
       c.subscribers_count, c.open_issues_count
  from (select * from repository_counts where github_id = $1) c
  full join (select (gone_before at time zone 'utc')::date as day, count(*) as n from star_history
              where repository_github_id = $1 group by 1) e on e.day = c.day
 order by number;

-- name: history_developer
-- params: github_id bigint
-- returns: login text, created_at timestamptz, incomplete boolean, now timestamptz, private boolean
select login, created_at, false, now(), false from developers where github_id = $1;

-- name: history_developer_days
-- params: github_id bigint
-- returns: number integer, followers_count bigint, following_count bigint, public_repos bigint, public_gists bigint, n bigint
-- The same for a developer. The end of a follow counts for both developers.
select coalesce(c.day, e.day) - date '1970-01-01' as number, c.followers_count, c.following_count, c.public_repos,
       c.public_gists, e.n
  from (select * from developer_counts where github_id = $1) c
  full join (select (gone_before at time zone 'utc')::date as day, count(*) as n
               from (select gone_before from follow_history where follower_github_id = $1
                     union all
                     select gone_before from follow_history where followed_github_id = $1) ended
              group by 1) e on e.day = c.day
 order by number;
