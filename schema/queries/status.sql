-- What `gitomatic status` and the progress line of `gitomatic up` show.

-- name: status_counts
-- params: exact boolean
-- developers known, synced, repositories known, synced, follows, stars. Records that are gone from GitHub are left out,
-- as in the API's lists. Not exact: a table of over 256 MB is answered from the statistics instead of being counted
-- (synced ones by the index of the API's lists).
select case when $1 or pg_relation_size('developers') < 268435456
            then (select count(*) from developers where gone_at is null)
            else (select n_live_tup from pg_stat_user_tables where relname = 'developers') end,
       case when $1 or pg_relation_size('developers') < 268435456
            then (select count(*) from developers where synced_at is not null and gone_at is null)
            else (select greatest(reltuples, 0)::bigint from pg_class where oid = 'developers_newest'::regclass) end,
       case when $1 or pg_relation_size('repositories') < 268435456
            then (select count(*) from repositories where gone_at is null)
            else (select n_live_tup from pg_stat_user_tables where relname = 'repositories') end,
       case when $1 or pg_relation_size('repositories') < 268435456
            then (select count(*) from repositories where synced_at is not null and gone_at is null)
            else (select greatest(reltuples, 0)::bigint from pg_class where oid = 'repositories_newest'::regclass) end,
       case when $1 or pg_relation_size('follows') < 268435456 then (select count(*) from follows)
            else (select n_live_tup from pg_stat_user_tables where relname = 'follows') end,
       case when $1 or pg_relation_size('stars') < 268435456 then (select count(*) from stars)
            else (select n_live_tup from pg_stat_user_tables where relname = 'stars') end;

-- name: status_open_jobs
-- By an index: the number of finished jobs kept does not matter.
select count(*) from jobs where state in ('available', 'running', 'scheduled');

-- name: status_last_discovery
select max(finished_at) from jobs where kind = 'discovery_scraper' and state = 'completed';

-- name: status_rate_limits
-- The first credential's first, as in the API.
select r.credential, r.resource, r.rate_limit, r.rate_remaining, r.rate_reset, r.rate_reset_raw
  from rate_limits r left join credentials c on c.label = r.credential
 order by c.position nulls last, r.credential, r.resource;

-- name: status_credentials
-- Those that are in use or were in the last week: a credential is seen when a crawler that has it starts.
select label, kind, login, scopes, case when benched_until > now() then benched_until end, benched_why,
       case when blocked_until > now() then blocked_until end, blocks
  from credentials
 where seen_at > now() - interval '7 days'
    or exists (select from quota_buckets b where b.credential = label and b.updated_at > now() - interval '7 days')
 order by position, label;

-- name: status_capabilities
select a.credential, a.endpoint, a.allowed, a.status, a.checked_at, a.next_check_at
  from capabilities a left join credentials c on c.label = a.credential
 order by c.position nulls last, a.credential, a.endpoint;
