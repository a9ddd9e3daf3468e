-- Names of the records that an answer mentions by id, for HTML pages, and when edges ended: one statement each for a page.

-- name: names_read
-- params: developers bigint[], repositories bigint[]
-- returns: kind bigint, github_id bigint, login text
select {developer}::bigint, d.github_id, d.login
  from (select distinct unnest($1) as github_id) page
 cross join lateral (select * from developers where github_id = page.github_id offset 0) d
union all
select {repository}::bigint, r.github_id, r.full_name
  from (select distinct unnest($2) as github_id) page
 cross join lateral (select * from repositories where github_id = page.github_id offset 0) r;

-- name: names_ended
-- params: followers bigint[], followed bigint[], fans bigint[], starred bigint[]
-- returns: kind bigint, one bigint, other bigint, gone_after timestamptz, gone_before timestamptz
-- The interval in which each edge ended last: 1 follows, 2 stars. Edges that never ended have no row.
select 1::bigint, e.one, e.other, h.gone_after, h.gone_before
  from unnest($1, $2) as e(one, other)
 cross join lateral (select gone_after, gone_before from follow_history
                      where follower_github_id = e.one and followed_github_id = e.other
                      order by first_seen_at desc limit 1) h
union all
select 2::bigint, e.one, e.other, h.gone_after, h.gone_before
  from unnest($3, $4) as e(one, other)
 cross join lateral (select gone_after, gone_before from star_history
                      where developer_github_id = e.one and repository_github_id = e.other
                      order by first_seen_at desc limit 1) h;
