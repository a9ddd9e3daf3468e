-- What the API reads. A page is found on the index alone (ids and order), then its few records are fetched, so a page far
-- down costs no visit to the records before it; `offset 0` keeps that order of work, whatever the planner guesses about an
-- unknown limit. Relations come as arrays of ids: hyperlinks are made from ids, no join.
--
-- /*filters*/ is where schema/browse.c puts the clauses of a filtered list ("and login = $3::text"); without filters the
-- statement runs as it stands here.

-- name: developers_count
select count(*) from developers where synced_at is not null and gone_at is null /*filters*/;

-- name: developers_page
-- params: n bigint, skip bigint
with page as materialized (
    select github_id, created_at from developers
     where synced_at is not null and gone_at is null /*filters*/
     order by created_at desc nulls last, github_id limit $1::bigint offset $2::bigint)
select d.github_id, d.login, d.name, d.location, d.bio, d.company, d.email, d.created_at, d.updated_at,
       d.followers_count, d.following_count, d.public_gists, d.public_repos,
       array(select f.follower_github_id from follows f where f.followed_github_id = d.github_id
              order by f.first_seen_at desc, f.follower_github_id desc limit 1000) as followers,
       array(select f.followed_github_id from follows f where f.follower_github_id = d.github_id
              order by f.first_seen_at desc, f.followed_github_id desc limit 1000) as following,
       array(select s.repository_github_id from stars s where s.developer_github_id = d.github_id
              order by s.starred_at desc nulls last, s.repository_github_id desc limit 1000) as starred_repositories,
       array(select r.github_id from repositories r where r.owner_github_id = d.github_id and r.gone_at is null
              order by r.created_at desc nulls last, r.github_id desc limit 1000) as repositories
  from page cross join lateral (select * from developers where github_id = page.github_id offset 0) as d
 order by page.created_at desc nulls last, page.github_id;

-- name: developer_detail
-- params: github_id bigint
-- The same columns as developers_page. Stubs and those that are gone answer too.
select d.github_id, d.login, d.name, d.location, d.bio, d.company, d.email, d.created_at, d.updated_at,
       d.followers_count, d.following_count, d.public_gists, d.public_repos,
       array(select f.follower_github_id from follows f where f.followed_github_id = d.github_id
              order by f.first_seen_at desc, f.follower_github_id desc limit 1000) as followers,
       array(select f.followed_github_id from follows f where f.follower_github_id = d.github_id
              order by f.first_seen_at desc, f.followed_github_id desc limit 1000) as following,
       array(select s.repository_github_id from stars s where s.developer_github_id = d.github_id
              order by s.starred_at desc nulls last, s.repository_github_id desc limit 1000) as starred_repositories,
       array(select r.github_id from repositories r where r.owner_github_id = d.github_id and r.gone_at is null
              order by r.created_at desc nulls last, r.github_id desc limit 1000) as repositories
  from developers d where d.github_id = $1;

-- name: repositories_count
select count(*) from repositories where synced_at is not null and gone_at is null /*filters*/;

-- name: repositories_page
-- params: n bigint, skip bigint
with page as materialized (
    select github_id, created_at from repositories
     where synced_at is not null and gone_at is null /*filters*/
     order by created_at desc nulls last, github_id limit $1::bigint offset $2::bigint)
select r.github_id, r.owner_github_id, r.name, r.full_name, r.description, r.homepage, r.language,
       r.created_at, r.updated_at, r.has_downloads, r.has_issues, r.has_pages, r.has_projects, r.has_wiki,
       r.private, r.archived, r.disabled,
       array(select s.developer_github_id from stars s where s.repository_github_id = r.github_id
              order by s.starred_at desc nulls last, s.developer_github_id desc limit 1000) as stargazers,
       r.stargazers_count, r.subscribers_count, r.watchers_count, r.open_issues_count
  from page cross join lateral (select * from repositories where github_id = page.github_id offset 0) as r
 order by page.created_at desc nulls last, page.github_id;

-- name: repository_detail
-- params: github_id bigint
-- The same columns as repositories_page.
select r.github_id, r.owner_github_id, r.name, r.full_name, r.description, r.homepage, r.language,
       r.created_at, r.updated_at, r.has_downloads, r.has_issues, r.has_pages, r.has_projects, r.has_wiki,
       r.private, r.archived, r.disabled,
       array(select s.developer_github_id from stars s where s.repository_github_id = r.github_id
              order by s.starred_at desc nulls last, s.developer_github_id desc limit 1000) as stargazers,
       r.stargazers_count, r.subscribers_count, r.watchers_count, r.open_issues_count
  from repositories r where r.github_id = $1;

-- name: rate_limits_count
select count(*) from rate_limits where true /*filters*/;

-- name: rate_limits_page
-- params: n bigint, skip bigint
-- Numbered in a fixed order, whatever is filtered: by credential, its core quota first.
select number, rate_limit, rate_remaining, rate_reset_raw, rate_reset, credential, resource from (
    select row_number() over (order by c.position nulls last, r.credential, r.resource <> 'core', r.resource) as number,
           r.credential, r.resource, r.rate_limit, r.rate_remaining, r.rate_reset_raw, r.rate_reset
      from rate_limits r left join credentials c on c.label = r.credential) as numbered
 where true /*filters*/
 order by number limit $1::bigint offset $2::bigint;
