-- What the API reads: records by id, in the order of the ids, which schema/browse/query.c and relations.sql find. `offset 0`
-- keeps that order of work, whatever the planner guesses about the length of an array. Relations come as arrays of ids
-- (hyperlinks are made from ids, no join), and only the requested ones.

-- part: developer_columns(whole)
-- With the relations if @whole@.
select d.github_id, d.login, d.name, d.location, d.bio, d.company, d.email, d.created_at, d.updated_at,
       d.followers_count, d.following_count, d.public_gists, d.public_repos,
       case when $2 and @whole@ then array(
           select f.follower_github_id from follows f where f.followed_github_id = d.github_id
            order by f.first_seen_at desc, f.follower_github_id desc limit 1000) end as followers,
       case when $3 and @whole@ then array(
           select f.followed_github_id from follows f where f.follower_github_id = d.github_id
            order by f.first_seen_at desc, f.followed_github_id desc limit 1000) end as following,
       case when $4 and @whole@ then array(
           select s.repository_github_id from stars s where s.developer_github_id = d.github_id
            order by s.starred_at desc nulls last, s.repository_github_id desc limit 1000) end as starred_repositories,
       case when $5 and @whole@ then array(
           select r.github_id from repositories r where r.owner_github_id = d.github_id and r.gone_at is null
            order by r.created_at desc nulls last, r.github_id desc limit 1000) end as repositories,
       d.type, d.blog, d.twitter_username, d.hireable, d.synced_at, d.gone_at

-- name: browse_developers
-- params: ids bigint[], followers boolean, following boolean, starred boolean, owned boolean
-- returns: github_id bigint, login text, name text, location text, bio text, company text, email text, created_at timestamptz
-- returns: updated_at timestamptz, followers_count bigint, following_count bigint, public_gists bigint, public_repos bigint
-- returns: followers bigint[], following bigint[], starred_repositories bigint[], repositories bigint[], type text, blog text
-- returns: twitter_username text, hireable boolean, synced_at timestamptz, gone_at timestamptz
-- Includes stubs and records that are gone.
developer_columns(true)
  from unnest($1) with ordinality as page(github_id, place)
 cross join lateral (select * from developers where github_id = page.github_id offset 0) as d
 order by page.place;

-- name: browse_developer
-- params: id bigint, followers boolean, following boolean, starred boolean, owned boolean
-- returns: github_id bigint, login text, name text, location text, bio text, company text, email text, created_at timestamptz
-- returns: updated_at timestamptz, followers_count bigint, following_count bigint, public_gists bigint, public_repos bigint
-- returns: followers bigint[], following bigint[], starred_repositories bigint[], repositories bigint[], type text, blog text
-- returns: twitter_username text, hireable boolean, synced_at timestamptz, gone_at timestamptz
-- One of them, without the cost of an array.
developer_columns(true)
  from developers d where d.github_id = $1;

-- name: browse_developer_few
-- params: id bigint, followers boolean, following boolean, starred boolean, owned boolean
-- returns: github_id bigint, login text, name text, location text, bio text, company text, email text, created_at timestamptz
-- returns: updated_at timestamptz, followers_count bigint, following_count bigint, public_gists bigint, public_repos bigint
-- returns: followers bigint[], following bigint[], starred_repositories bigint[], repositories bigint[], type text, blog text
-- returns: twitter_username text, hireable boolean, synced_at timestamptz, gone_at timestamptz, many boolean
-- The same in a short time: no index has the order of what a developer follows, starred and owns, so all of it is read to sort it. If there
-- is more than 250 of any (gone repositories count, since they are read), `many` is set, and there are no relations: it is not the answer.
-- GitHub's counts do not tell: they are as old as the record.
developer_columns(not bound.many)
       , bound.many
  from developers d
 cross join lateral (
    select case when $3 then (select count(*) from (
               select from follows where follower_github_id = d.github_id limit 251) as f) > 250 else false end
        or case when $4 then (select count(*) from (
               select from stars where developer_github_id = d.github_id limit 251) as s) > 250 else false end
        or case when $5 then (select count(*) from (
               select from repositories where owner_github_id = d.github_id limit 251) as r) > 250 else false end as many
    offset 0) as bound
 where d.github_id = $1;

-- name: browse_newest_developers
-- params: n bigint, followers boolean, following boolean, starred boolean, owned boolean, skip bigint
-- returns: github_id bigint, login text, name text, location text, bio text, company text, email text, created_at timestamptz
-- returns: updated_at timestamptz, followers_count bigint, following_count bigint, public_gists bigint, public_repos bigint
-- returns: followers bigint[], following bigint[], starred_repositories bigint[], repositories bigint[], type text, blog text
-- returns: twitter_username text, hireable boolean, synced_at timestamptz, gone_at timestamptz, more boolean
-- n records of the list after the first `skip`, without a filter and in the usual order; `more`: others follow.
with found as materialized (
    select array(select github_id from developers where synced_at is not null and gone_at is null
                  order by created_at desc nulls last, github_id limit $1 + 1 offset $6) as ids)
developer_columns(true)
       , cardinality(found.ids) > $1 as more
  from found
 cross join lateral unnest(found.ids[:$1::integer]) with ordinality as page(github_id, place)
 cross join lateral (select * from developers where github_id = page.github_id offset 0) as d
 order by page.place;

-- part: repository_columns()
select r.github_id, r.owner_github_id, r.name, r.full_name, r.description, r.homepage, r.language,
       r.created_at, r.updated_at, r.has_downloads, r.has_issues, r.has_pages, r.has_projects, r.has_wiki,
       r.private, r.archived, r.disabled,
       case when $2 then array(
           select s.developer_github_id from stars s where s.repository_github_id = r.github_id
            order by s.starred_at desc nulls last, s.developer_github_id desc limit 1000) end as stargazers,
       r.stargazers_count, r.subscribers_count, r.watchers_count, r.open_issues_count, r.topics, r.license,
       r.fork, r.forks_count, r.pushed_at, r.size_kb, r.default_branch, r.parent_github_id, r.synced_at, r.gone_at

-- name: browse_repositories
-- params: ids bigint[], stargazers boolean
-- returns: github_id bigint, owner_github_id bigint, name text, full_name text, description text, homepage text, language text
-- returns: created_at timestamptz, updated_at timestamptz, has_downloads boolean, has_issues boolean, has_pages boolean
-- returns: has_projects boolean, has_wiki boolean, private boolean, archived boolean, disabled boolean, stargazers bigint[]
-- returns: stargazers_count bigint, subscribers_count bigint, watchers_count bigint, open_issues_count bigint, topics text[]
-- returns: license text, fork boolean, forks_count bigint, pushed_at timestamptz, size_kb bigint, default_branch text
-- returns: parent_github_id bigint, synced_at timestamptz, gone_at timestamptz
repository_columns()
  from unnest($1) with ordinality as page(github_id, place)
 cross join lateral (select * from repositories where github_id = page.github_id offset 0) as r
 order by page.place;

-- name: browse_repository
-- params: id bigint, stargazers boolean
-- returns: github_id bigint, owner_github_id bigint, name text, full_name text, description text, homepage text, language text
-- returns: created_at timestamptz, updated_at timestamptz, has_downloads boolean, has_issues boolean, has_pages boolean
-- returns: has_projects boolean, has_wiki boolean, private boolean, archived boolean, disabled boolean, stargazers bigint[]
-- returns: stargazers_count bigint, subscribers_count bigint, watchers_count bigint, open_issues_count bigint, topics text[]
-- returns: license text, fork boolean, forks_count bigint, pushed_at timestamptz, size_kb bigint, default_branch text
-- returns: parent_github_id bigint, synced_at timestamptz, gone_at timestamptz
-- One of them, without the cost of an array.
repository_columns()
  from repositories r where r.github_id = $1;

-- name: browse_newest_repositories
-- params: n bigint, stargazers boolean, skip bigint
-- returns: github_id bigint, owner_github_id bigint, name text, full_name text, description text, homepage text, language text
-- returns: created_at timestamptz, updated_at timestamptz, has_downloads boolean, has_issues boolean, has_pages boolean
-- returns: has_projects boolean, has_wiki boolean, private boolean, archived boolean, disabled boolean, stargazers bigint[]
-- returns: stargazers_count bigint, subscribers_count bigint, watchers_count bigint, open_issues_count bigint, topics text[]
-- returns: license text, fork boolean, forks_count bigint, pushed_at timestamptz, size_kb bigint, default_branch text
-- returns: parent_github_id bigint, synced_at timestamptz, gone_at timestamptz, more boolean
-- n records of the list after the first `skip`, without a filter and in the usual order; `more`: others follow.
with found as materialized (
    select array(select github_id from repositories where synced_at is not null and gone_at is null
                  order by created_at desc nulls last, github_id limit $1 + 1 offset $3) as ids)
repository_columns()
       , cardinality(found.ids) > $1 as more
  from found
 cross join lateral unnest(found.ids[:$1::integer]) with ordinality as page(github_id, place)
 cross join lateral (select * from repositories where github_id = page.github_id offset 0) as r
 order by page.place;

-- part: holder_of(name, records, former_names)
-- The present holder of the name, else the last one; gone ones come after existing ones. The index finds a handful.
select github_id, former from (
    select r.github_id, false as former, r.gone_at, coalesce(r.synced_at, r.first_seen_at) as seen
      from @records@ r where lower(r.@name@ collate "C") = lower($1 collate "C")
    union all
    select r.github_id, true, r.gone_at, f.seen_until
      from @former_names@ f join @records@ r using (github_id) where lower(f.@name@ collate "C") = lower($1 collate "C")) as holder
 order by gone_at is not null, former, seen desc, github_id desc limit 1;

-- name: browse_login
-- params: login text
-- returns: github_id bigint, former boolean
holder_of(login, developers, developer_logins)

-- name: browse_full_name
-- params: full_name text
-- returns: github_id bigint, former boolean
holder_of(full_name, repositories, repository_names)

-- name: rate_limits_count
-- returns: n bigint
select count(*) from rate_limits where true /*filters*/;

-- name: rate_limits_page
-- params: n bigint, skip bigint
-- returns: number bigint, rate_limit bigint, rate_remaining bigint, rate_reset_raw bigint, rate_reset timestamptz
-- returns: credential text, resource text
-- Numbered in a fixed order, whatever is filtered: by credential, its core quota first. Of two in the same position the one that a
-- crawler started with last comes first: it replaced the other.
select number, rate_limit, rate_remaining, rate_reset_raw, rate_reset, credential, resource from (
    select row_number() over (order by c.position nulls last, c.seen_at desc, r.credential, r.resource <> 'core',
                                       r.resource) as number,
           r.credential, r.resource, r.rate_limit, r.rate_remaining, r.rate_reset_raw, r.rate_reset
      from rate_limits r left join credentials c on c.label = r.credential) as numbered
 where true /*filters*/
 order by number limit $1::bigint offset $2::bigint;
