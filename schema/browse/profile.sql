-- What the pages of a developer and a repository show besides the record: each bounded, whatever the record's size.

-- name: profile_languages
-- params: github_id bigint
-- returns: language text, n bigint
-- Of the newest thousand existing repositories.
select language, count(*)
  from (select language from repositories where owner_github_id = $1 and gone_at is null
         order by created_at desc nulls last, github_id limit 1000) newest
 where language is not null group by language order by count(*) desc, language limit 10;

-- name: profile_logins
-- params: github_id bigint
-- returns: login text, seen_until timestamptz
select login, seen_until from developer_logins where github_id = $1 order by seen_until desc limit 10;

-- name: profile_names
-- params: github_id bigint
-- returns: full_name text, seen_until timestamptz
select full_name, seen_until from repository_names where github_id = $1 order by seen_until desc limit 10;

-- name: profile_plan
-- params: github_id bigint
-- returns: first_seen_at timestamptz, reason text, last_at timestamptz, next_at timestamptz, walks integer, changes integer
-- returns: login text
-- Why and when the developer is synced, and the first edge that led there.
select d.first_seen_at, f.reason, f.last_at, f.next_at, f.walks, f.changes,
       (select a.login from follows e join developers a on a.github_id = e.follower_github_id
         where e.followed_github_id = d.github_id order by e.first_seen_at, e.follower_github_id limit 1)
  from developers d left join frontier f on f.github_id = d.github_id where d.github_id = $1;

-- name: profile_top_repositories
-- params: github_id bigint, n integer
-- returns: github_id bigint
-- Ids of those with the most stars, among the newest thousand.
select github_id
  from (select github_id, stargazers_count from repositories where owner_github_id = $1 and gone_at is null
         order by created_at desc nulls last, github_id limit 1000) newest
 order by stargazers_count desc nulls last, github_id limit $2;

-- name: profile_edges
-- params: github_id bigint, n integer
-- returns: relation bigint, github_id bigint, login text, at timestamptz
-- The newest followers (1), followed (2) and starred (3), with their names.
select 1::bigint, d.github_id, d.login, e.at
  from (select follower_github_id as id, first_seen_at as at from follows where followed_github_id = $1
         order by first_seen_at desc, follower_github_id desc limit $2) e
 cross join lateral (select github_id, login from developers where github_id = e.id offset 0) d
union all
select 2::bigint, d.github_id, d.login, e.at
  from (select followed_github_id as id, first_seen_at as at from follows where follower_github_id = $1
         order by first_seen_at desc, followed_github_id desc limit $2) e
 cross join lateral (select github_id, login from developers where github_id = e.id offset 0) d
union all
select 3::bigint, r.github_id, r.full_name, e.at
  from (select repository_github_id as id, starred_at as at from stars where developer_github_id = $1
         order by starred_at desc nulls last, repository_github_id desc limit $2) e
 cross join lateral (select github_id, full_name from repositories where github_id = e.id offset 0) r;

-- name: profile_stargazers
-- params: github_id bigint, n integer
-- returns: github_id bigint, login text, starred_at timestamptz
-- The newest stargazers.
select d.github_id, d.login, e.starred_at
  from (select developer_github_id as id, starred_at from stars where repository_github_id = $1
         order by starred_at desc nulls last, developer_github_id desc limit $2) e
 cross join lateral (select github_id, login from developers where github_id = e.id offset 0) d;

-- name: profile_places
-- params: github_id bigint
-- returns: place bigint, location text, n bigint
-- The most frequent locations (1) and companies (2) of the newest thousand stargazers.
with fan as materialized (
    select d.location, d.company
      from (select developer_github_id as id from stars where repository_github_id = $1
             order by starred_at desc nulls last, developer_github_id desc limit 1000) e
     cross join lateral (select location, company from developers where github_id = e.id offset 0) d)
(select 1::bigint, location, count(*) from fan where location <> '' group by location order by count(*) desc, location limit 8)
union all
(select 2::bigint, company, count(*) from fan where company <> '' group by company order by count(*) desc, company limit 8);

-- name: profile_also_starred
-- params: github_id bigint
-- returns: github_id bigint, full_name text, n bigint
-- What else the newest fifty stargazers starred: of each, the newest fifty.
select r.github_id, r.full_name, also.n
  from (select s.id, count(*) as n
          from (select developer_github_id as id from stars where repository_github_id = $1
                 order by starred_at desc nulls last, developer_github_id desc limit 50) fan
         cross join lateral (select repository_github_id as id from stars where developer_github_id = fan.id
                              order by starred_at desc nulls last, repository_github_id desc limit 50) s
         where s.id <> $1 group by s.id having count(*) > 1 order by count(*) desc, s.id limit 8) also
 cross join lateral (select github_id, full_name from repositories where github_id = also.id offset 0) r
 order by also.n desc, r.github_id;
