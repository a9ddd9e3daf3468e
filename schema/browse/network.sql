-- Around a developer (schema/browse/network.h). Kinds: 1 developer, 2 repository.

-- name: network_step
-- params: developers bigint[], repositories bigint[], known_developers bigint[], known_repositories bigint[], follows boolean, stars boolean, most bigint, each bigint
-- returns: kind bigint, id bigint, cut boolean, n bigint
-- The records connected to the given ones that are not included yet: kind, id, whether edges were omitted, and the number of all
-- connected ones. Those with the most edges come first. There is always a row: its kind and id are null if no new record is found.
with edge as (
    select {developer} as kind, x.id, x.place from unnest($1) as d(id), lateral (
           select followed_github_id as id, row_number() over () as place from (
               select followed_github_id from follows where $5 and follower_github_id = d.id
                order by followed_github_id limit $8 + 1) y) x
    union all
    select {developer}, x.id, x.place from unnest($1) as d(id), lateral (
           select follower_github_id as id, row_number() over () as place from (
               select follower_github_id from follows where $5 and followed_github_id = d.id
                order by first_seen_at desc, follower_github_id desc limit $8 + 1) y) x
    union all
    select {repository}, x.id, x.place from unnest($1) as d(id), lateral (
           select repository_github_id as id, row_number() over () as place from (
               select repository_github_id from stars where $6 and developer_github_id = d.id
                order by repository_github_id limit $8 + 1) y) x
    union all
    select {developer}, x.id, x.place from unnest($2) as r(id), lateral (
           select developer_github_id as id, row_number() over () as place from (
               select developer_github_id from stars where $6 and repository_github_id = r.id
                order by starred_at desc nulls last, developer_github_id desc limit $8 + 1) y) x),
found as materialized (
    select kind, id, count(*) as n from edge
     where place <= $8 and not (kind = {developer} and id = any ($3) or kind = {repository} and id = any ($4)) group by kind, id)
select kind::bigint, id, cut, whole.n
  from (select coalesce(bool_or(place > $8), false) as cut, (select count(*) from found) as n from edge) whole
  left join (select * from found order by n desc, kind, id limit $7) kept on true
 order by kept.n desc, kind, id;

-- name: network_nodes
-- params: developers bigint[], repositories bigint[]
-- returns: kind bigint, place bigint, github_id bigint, login text, followers_count bigint
-- Kind, position among those given (from 1), id, name, followers.
select {developer}::bigint, n.place, d.github_id, d.login, d.followers_count
  from unnest($1) with ordinality as n(id, place)
 cross join lateral (select * from developers where github_id = n.id offset 0) d
union all
select {repository}::bigint, n.place, r.github_id, r.full_name, null
  from unnest($2) with ordinality as n(id, place)
 cross join lateral (select * from repositories where github_id = n.id offset 0) r
 order by 1, 2;

-- name: network_edges
-- params: developers bigint[], repositories bigint[], follows boolean, stars boolean, most bigint
-- returns: source bigint, target bigint, star boolean
-- Edges among them, at most the limit and one more: those of the first developer are the last to be omitted. Each
-- developer's follows and stars are read once and compared with the included records.
with edge as (
    select f.follower_github_id as source, f.followed_github_id as target, false as star
      from unnest($1) as d(id) cross join lateral (
           select * from follows where $3 and follower_github_id = d.id offset 0) f
     where f.followed_github_id = any ($1)
    union all
    select s.developer_github_id, s.repository_github_id, true
      from unnest($1) as d(id) cross join lateral (
           select * from stars where $4 and developer_github_id = d.id offset 0) s
     where s.repository_github_id = any ($2))
select source, target, star
  from (select * from edge order by source <> ($1)[1] and (star or target <> ($1)[1]) limit $5 + 1) kept
 order by star, source, target;
