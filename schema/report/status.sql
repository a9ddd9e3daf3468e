-- What `gitomatic status` and the progress line of `gitomatic up` show.

-- name: status_open_jobs
-- By an index: the number of finished jobs kept does not matter.
select count(*) from jobs where finished_at is null;

-- name: status_last_discovery
select max(finished_at) from jobs where kind = 'discovery_scraper' and state = 'completed' and finished_at is not null;

-- name: status_rate_limits
-- The first credential's first, as in the API.
select r.credential, r.resource, r.rate_limit, r.rate_remaining, r.rate_reset, r.rate_reset_raw
  from rate_limits r left join credentials c on c.label = r.credential
 order by c.position nulls last, c.seen_at desc, r.credential, r.resource;

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
