-- What `gitomatic status` and the progress line of `gitomatic up` show.

-- name: status_open_jobs
-- returns: jobs bigint, stubs bigint
-- By an index: the number of stored finished jobs does not matter. And the stubs that wait for hydration.
select count(*), (select count(*) from hydration_queue) from jobs where finished_at is null;

-- name: status_last_discovery
-- returns: at timestamptz
select max(finished_at) from jobs where kind = 'discovery_scraper' and state = 'completed' and finished_at is not null;

-- name: status_counts
-- returns: developers_known bigint, developers_synced bigint, repositories_known bigint, repositories_synced bigint
-- returns: follows bigint, stars bigint
-- developers known, synced, repositories known, synced, follows, stars. Gone records are omitted, as
-- in the API's lists.
with part as (
    select type, known, synced from change_days
    union all
    select type, known, synced from changes where id > coalesce((select position from changes_folded), 0))
select coalesce(sum(known) filter (where starts_with(type, 'developer.')), 0)::bigint,
       coalesce(sum(synced) filter (where starts_with(type, 'developer.')), 0)::bigint,
       coalesce(sum(known) filter (where starts_with(type, 'repository.')), 0)::bigint,
       coalesce(sum(synced) filter (where starts_with(type, 'repository.')), 0)::bigint,
       coalesce(sum(known) filter (where starts_with(type, 'follow.')), 0)::bigint,
       coalesce(sum(known) filter (where starts_with(type, 'star.')), 0)::bigint
  from part;

-- name: status_rate_limits
-- returns: credential text, resource text, rate_limit bigint, rate_remaining bigint, rate_reset timestamptz
-- returns: rate_reset_raw bigint
-- The first credential's first, as in the API.
select r.credential, r.resource, r.rate_limit, r.rate_remaining, r.rate_reset, r.rate_reset_raw
  from rate_limits r left join credentials c on c.label = r.credential
 order by c.position nulls last, c.seen_at desc, r.credential, r.resource;

-- name: status_credentials
-- returns: label text, kind text, login text, scopes text, suspended_until timestamptz, suspended_why text
-- returns: blocked_until timestamptz, blocks integer, unlimited boolean, ends_s double precision
-- Credentials in use.
credentials_in_use()
select label, kind, login, scopes, case when benched_until > now() then benched_until end, benched_why,
       case when blocked_until > now() then blocked_until end, blocks,
       exists (select from quota_buckets b where b.credential = label and b.resource = 'core' and b.unlimited),
token_end(label)
  from used
 order by position, label;

-- name: status_waiting
-- returns: n bigint, resumes_at timestamptz
-- Jobs that wait for the reset of the quota, and when the first of them continues. Jobs that wait for a leased unit continue soon, and
-- do not count.
select count(*), min(run_at) from jobs
 where state = 'scheduled' and note = 'quota' and run_at > now() + interval '2 seconds';

-- name: status_away
-- returns: url text, since timestamptz, why text
-- The crawler that GitHub has not answered for the longest; none if no job is open, since then nothing waits for GitHub.
select info ->> 'upstream', (info ->> 'away_since')::timestamptz, info ->> 'away_why' from workers
 where kind = 'crawler' and info ? 'away_since' and heartbeat_at > now() - interval '30 seconds'
   and exists (select from jobs where finished_at is null)
 order by 2 limit 1;

-- name: status_requests
-- returns: n bigint
-- The requests that each crawler has sent to GitHub since its start.
select coalesce(sum((info ->> 'requests')::bigint), 0)::bigint from workers where kind = 'crawler';

-- name: status_capabilities
-- returns: credential text, endpoint text, allowed boolean, status integer, checked_at timestamptz, next_check_at timestamptz
select a.credential, a.endpoint, a.allowed, a.status, a.checked_at, a.next_check_at
  from capabilities a left join credentials c on c.label = a.credential
 order by c.position nulls last, a.credential, a.endpoint;

-- name: status_errors
-- params: n integer
-- returns: kind text, subject text, error text
-- The newest stored failures.
select kind, subject, coalesce(error, '') from jobs where state = 'failed' order by finished_at desc, id desc limit $1;
