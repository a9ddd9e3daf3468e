-- GitHub's quota, shared by every process. What may be handed out is
--     remaining (by the newest answer)  -  the stop threshold  -  units leased and not yet accounted for.

-- name: quota_credential
-- params: label text, kind text, position integer
insert into credentials (label, kind, position) values ($1, $2, $3)
-- A starting process may have a corrected credential, so suspended ones are tried again.
on conflict (label) do update set kind = excluded.kind, position = excluded.position, seen_at = now(),
       benched_until = null;

-- name: quota_seen
-- params: label text, kind text, position integer
-- A running process uses it, and knows of no reason to try again a suspended one.
insert into credentials (label, kind, position) values ($1, $2, $3)
on conflict (label) do update set kind = excluded.kind, position = excluded.position, seen_at = now();

-- name: quota_ended
-- params: label text
-- Not in use any more, although the processes that had it still run: seen_at says so (status_credentials). How long it is kept counts
-- from GitHub's last answer to it, too (retention_credentials).
update credentials set seen_at = least(seen_at, (select min(started_at) from workers) - interval '2 minutes') where label = $1;

-- name: quota_bucket
-- params: credential text, resource text
insert into quota_buckets (credential, resource) values ($1, $2) on conflict do nothing;

-- name: quota_settle
-- params: worker bigint, credential text, resource text, used bigint, unseen bigint, rate_limit bigint, remaining bigint, reset bigint, reset_in_ms bigint, unlimited boolean, asked bigint, background bigint, sent_ms_ago bigint
-- returns: raised boolean
-- used: units of this worker that answers accounted for; unseen: those of them without rate headers. asked, background: units charged,
-- counted for people, discovery or a mirror's clients (quota_sample). An answer of an older window is ignored; one of the same window
-- and limit only lowers; a newer window replaces. Another limit of the same window counts as gh_rate_replaces() says
-- (github/headers.h): sent_ms_ago tells whether the request was sent after the known limit had been stored.
with mine as (
    update quota_leases set units = greatest(0, units - $4)
     where worker_id = $1 and credential = $2 and resource = $3 and $4 > 0),
known as materialized (
    select credential, resource, rate_limit, coalesce(rate_reset_raw, 0) as reset, now() - $13 * interval '1 ms' > updated_at as asked_since,
           coalesce(rate_limit, $6) = $6 as same_limit, ($6 - $7, $6) > (rate_limit - rate_remaining, rate_limit) as more_used
      from quota_buckets where credential = $2 and resource = $3 for update),
judged as materialized (
    select known.*, coalesce($8 > reset or ($8 = reset and (same_limit or asked_since or more_used)), false) as counts,
           coalesce((select kind = 'mirror' from workers where id = $1), false) as by_mirror from known),
settled as (update quota_buckets b
   set rate_limit = case when counts then $6 else b.rate_limit end,
       rate_remaining = greatest(0, case
           when not counts then rate_remaining
           when $8 = reset and same_limit then least(rate_remaining, $7)
           else $7 end - $5),
       rate_reset_raw = greatest(rate_reset_raw, $8),
       window_ends_at = case when counts then now() + $9 * interval '1 ms' else window_ends_at end,
       unlimited = case when $8 is not null then false when $10 then true else unlimited end,
       spent_people = spent_people + case when by_mirror then 0 else $11 end,
       spent_mirror = spent_mirror + case when by_mirror then $11 else 0 end,
       spent_discovery = spent_discovery + $12,
       updated_at = clock_timestamp()
  from judged where b.credential = judged.credential and b.resource = judged.resource
returning coalesce(counts and $8 = reset and $6 > judged.rate_limit, false) as raised)
select case when raised then pg_notify(gitomatic_channel('gitomatic_quota'), 'raised ' || $2)::text is not null else false end as raised
  from settled;

-- name: quota_lock
-- params: credential text, resource text
-- returns: locked integer
-- One lease of a bucket at a time. A statement of its own, in the same transaction before quota_lease: that one then begins
-- after earlier leases have committed, and sees what they took.
select 1 from quota_buckets where credential = $1 and resource = $2 for update;

-- name: quota_lease
-- params: worker bigint, credential text, resource text, want bigint, threshold bigint, share bigint
-- returns: units bigint, wait_ms bigint, unlimited boolean, rate_limit bigint, exhausted boolean, spare bigint
-- returns: full_units bigint, resets_in_ms bigint
-- After quota_lock. Returns units granted, milliseconds to wait if none were, and whether there is no limit at all; then the known
-- facts of the window: the limit, whether it is used up, what may still be handed out (before this lease) now and when it is full
-- again, and milliseconds until then. A window whose end has passed counts as full again, without waiting for an answer. Before the
-- first answer, one unit at a time is granted, to find out; where there is no limit, fifty times as many as wanted, since no other
-- process needs them. share: percent of the limit that is left besides the threshold.
with bucket as materialized (
    select b.*, $5 + (coalesce(rate_limit, 0) * $6 + 99) / 100 as stop_at, coalesce(window_ends_at <= now(), false) as over,
           greatest(c.blocked_until, c.benched_until) as held_until
      from quota_buckets b left join credentials c on c.label = b.credential
     where b.credential = $2 and b.resource = $3),
out as materialized (
    select coalesce(sum(units), 0)::bigint as units from quota_leases, bucket
     where quota_leases.credential = $2 and quota_leases.resource = $3),
spare as materialized (
    select case when unlimited then 1000000
                when rate_limit is null then 1 - least(1, out.units)
                when over then rate_limit - stop_at - out.units
                else rate_remaining - stop_at - out.units end as units
      from bucket, out),
free as materialized (
    select case when held_until > now() then 0 else spare.units end as units from bucket, spare),
grant_ as materialized (
    select case when bucket.unlimited then 50 * $4
                else greatest(0, least($4, free.units, greatest(1, free.units / 8))) end as units
      from free, bucket),
lease as (
    insert into quota_leases (credential, resource, worker_id, units)
    select $2, $3, $1, units from grant_, bucket where units > 0 and not bucket.unlimited
    on conflict (credential, resource, worker_id) do update set units = quota_leases.units + excluded.units),
renew as (
    update quota_buckets b set rate_remaining = b.rate_limit, window_ends_at = null
      from bucket where bucket.over and b.credential = $2 and b.resource = $3)
select grant_.units,
       case when grant_.units > 0 then 0
            when held_until > now() then ceil(extract(epoch from held_until - now()) * 1000)::bigint
            when rate_limit is null then 200
            when window_ends_at > now() and rate_remaining - stop_at <= 0
                then ceil(extract(epoch from window_ends_at - now()) * 1000)::bigint
            else 500 end as wait_ms,
       bucket.unlimited, coalesce(rate_limit, -1),
       coalesce(window_ends_at > now() and rate_remaining - stop_at <= 0, false) as exhausted,
       case when rate_limit is null then -1 else greatest(0, spare.units) end,
       greatest(0, coalesce(rate_limit, 0) - stop_at),
       coalesce(case when window_ends_at > now() then ceil(extract(epoch from window_ends_at - now()) * 1000)::bigint end, -1)
  from grant_, bucket, spare;

-- name: quota_sample
-- One row per bucket each five minutes, by the first process. The sums are those since counting began.
insert into quota_samples (at, credential, resource, rate_limit, rate_remaining, people, discovery, mirror)
select date_bin('5 minutes', now(), '2000-01-01Z'), credential, resource, rate_limit,
       case when window_ends_at <= now() then rate_limit else rate_remaining end, spent_people, spent_discovery, spent_mirror
  from quota_buckets where rate_limit is not null
    or spent_people + spent_discovery + spent_mirror > 0
on conflict do nothing;

-- name: quota_history
-- params: since timestamptz, until timestamptz, credential text, resource text, most bigint
-- returns: at timestamptz, credential text, resource text, rate_limit bigint, rate_remaining bigint, people bigint
-- returns: discovery bigint, mirror bigint
-- Samples, oldest first, with what was spent since the one before; the newest `most` of them. Of those before `since`, one of each
-- credential and resource is read. Without one before: older samples of others show that counting began with this one, which then
-- has all of its sums; a sample as old as any may have had an earlier one, which was dropped (KEEP_QUOTA): its spending is unknown.
with chosen as (
    select * from quota_samples where at >= coalesce($1, '-infinity') and at < coalesce($2, 'infinity')
       and ($3 is null or credential = $3) and ($4 is null or resource = $4)),
before as (
    select last.* from (select distinct credential, resource from chosen) c
     cross join lateral (select * from quota_samples q where q.at < $1 and q.credential = c.credential and q.resource = c.resource
                          order by at desc limit 1) last),
dated as (
    select sampled.*, at > (select min(at) from quota_samples) as later
      from (select * from chosen union all select * from before) as sampled)
select * from (
    select at, credential, resource, rate_limit, rate_remaining,
           people - coalesce(lag(people) over bucket, case when later then 0 else people end),
           discovery - coalesce(lag(discovery) over bucket, case when later then 0 else discovery end),
           mirror - coalesce(lag(mirror) over bucket, case when later then 0 else mirror end)
      from dated window bucket as (partition by credential, resource order by at)) as sample
 where at >= coalesce($1, '-infinity')
 order by at desc, credential desc, resource desc limit $5;

-- name: quota_return
-- params: worker bigint, credential text, resource text, units bigint
update quota_leases set units = greatest(0, units - $4)
 where worker_id = $1 and credential = $2 and resource = $3;

-- name: quota_block
-- params: credential text, wait_ms bigint
-- returns: blocks integer, pg_notify void
-- Requests in flight at a limit are refused as well: together they count as one block.
update credentials set blocked_until = greatest(blocked_until, now() + $2 * interval '1 ms'),
       blocks = blocks + (coalesce(blocked_until, '-infinity') <= now())::integer
 where label = $1 returning blocks, pg_notify(gitomatic_channel('gitomatic_quota'), label);

-- name: quota_hold
-- params: credential text, wait_ms bigint
-- returns: pg_notify void
-- Not a limit of the credential: GitHub is unavailable, for a given time.
update credentials set blocked_until = greatest(blocked_until, now() + $2 * interval '1 ms')
 where label = $1 returning pg_notify(gitomatic_channel('gitomatic_quota'), label);

-- name: quota_used_up
-- params: credential text, resource text, reset bigint, reset_in_ms bigint, rate_limit bigint, sent_ms_ago bigint
-- returns: raised boolean
-- GitHub refused for lack of units: none is left until the window ends, and units leased by others are void. As with quota_settle, a
-- refusal of an older window, or of none, or from before the limit was raised, does not concern the present one. The last of these is
-- returned as raised: the sender itself need not wait. A known window is not shortened.
with used_up as (update quota_buckets
   set rate_remaining = 0, rate_reset_raw = $3,
       window_ends_at = greatest(case when rate_reset_raw = $3 then window_ends_at end, now() + $4 * interval '1 ms')
 where credential = $1 and resource = $2
   and ($3 > coalesce(rate_reset_raw, 0)
        or ($3 = rate_reset_raw and (coalesce(rate_limit <= $5, true) or now() - $6 * interval '1 ms' > updated_at
                                     or $5 > rate_limit - rate_remaining)))
returning pg_notify(gitomatic_channel('gitomatic_quota'), credential))
select not exists (select from used_up)
   and exists (select from quota_buckets where credential = $1 and resource = $2 and rate_reset_raw = $3 and rate_limit > $5);

-- name: quota_used_up_now
-- returns: credential text, resource text, wait_ms bigint
select credential, resource, ceil(extract(epoch from window_ends_at - now()) * 1000)::bigint
  from quota_buckets where rate_remaining = 0 and window_ends_at > now() and not unlimited;

-- name: quota_unblock
-- params: credential text
update credentials set blocks = 0 where label = $1 and blocks > 0;

-- name: quota_suspend
-- params: credential text, hours integer, why text
-- returns: pg_notify void
update credentials set benched_until = now() + $2 * interval '1 hour', benched_why = $3
 where label = $1 returning pg_notify(gitomatic_channel('gitomatic_quota'), label);

-- name: quota_held
-- params: credential text
-- returns: wait_ms bigint, blocks integer
select coalesce((extract(epoch from greatest(blocked_until, benched_until) - now()) * 1000)::bigint, 0), blocks
  from credentials where label = $1;

-- name: quota_holds
-- returns: label text, wait_ms bigint, blocks integer
-- The same of all that are, or were, paused: a crawler asks every second, and may have hundreds of credentials.
select label, (extract(epoch from greatest(blocked_until, benched_until) - now()) * 1000)::bigint, blocks
  from credentials where greatest(blocked_until, benched_until) is not null order by label;

-- name: quota_identity
-- params: credential text, login text, scopes text
update credentials set login = coalesce($2, login), scopes = coalesce($3, scopes)
 where label = $1 and (login, scopes) is distinct from (coalesce($2, login), coalesce($3, scopes));

-- name: quota_scopes
-- params: credential text
-- returns: scopes text
select scopes from credentials where label = $1;

-- name: quota_capability
-- params: credential text, endpoint text
-- returns: allowed boolean, due boolean
select allowed, next_check_at <= now() from capabilities where credential = $1 and endpoint = $2;

-- name: quota_learn
-- params: credential text, endpoint text, allowed boolean, status integer, again_in_h integer
-- Known results are read without a lock: crawlers' transactions with the same result would wait for one another.
insert into capabilities (credential, endpoint, allowed, status, checked_at, next_check_at)
select $1, $2, $3, $4, now(), now() + $5 * interval '1 hour'
 where not exists (select from capabilities where credential = $1 and endpoint = $2 and missed is null and allowed = $3
                      and status = $4 and next_check_at > now())
on conflict (credential, endpoint) do update
   set allowed = excluded.allowed, status = excluded.status, checked_at = now(), next_check_at = excluded.next_check_at,
       missed = null
 where capabilities.missed is not null or capabilities.allowed <> excluded.allowed or capabilities.status <> excluded.status
    or capabilities.next_check_at <= now();

-- name: quota_missed
-- params: credential text, endpoint text, repository bigint
-- returns: missed boolean
-- That repository answered 404 there, which proves nothing yet. Returns whether another one did before that probably exists: its
-- detail has been requested since.
with was as materialized (
    select missed from capabilities where credential = $1 and endpoint = $2),
note as (
    insert into capabilities (credential, endpoint, allowed, status, checked_at, next_check_at, missed)
    values ($1, $2, true, 404, now(), now(), $3)
    on conflict (credential, endpoint) do update set missed = excluded.missed where capabilities.missed is distinct from excluded.missed)
select exists (
    select from was join repositories r on r.github_id = was.missed
     where was.missed <> $3 and r.gone_at is null
       and not exists (select from hydration_queue q where q.kind = {repository} and q.github_id = was.missed));

-- name: quota_retry_capabilities
-- returns: n bigint
-- Refusals count as unknown: the next job that needs the endpoint tries it again. So do lists that GitHub lacks for an organization
-- (crawler/job_list.c).
with again as (
    update capabilities set next_check_at = now(), missed = null where not allowed and next_check_at > now() returning 1),
lists as (delete from remembered_pages where scope = '' returning 1)
select (select count(*) from again) + (select count(*) from lists);

-- name: quota_newcomer
-- returns: pg_notify void
select pg_notify(gitomatic_channel('gitomatic_quota'), '');

-- name: quota_crawlers
-- returns: n bigint
select count(*) from workers where kind = 'crawler' and heartbeat_at > now() - interval '30 seconds';

-- name: quota_sharers
-- returns: n bigint
-- Crawlers, and mirrors that lend this program's credentials.
select count(*) from workers
 where (kind = 'crawler' or (kind = 'mirror' and info @> '{"pool": true}')) and heartbeat_at > now() - interval '30 seconds';
