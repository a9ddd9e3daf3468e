-- The database's part of the API's /metrics.

-- name: monitoring_jobs
-- returns: state text, n bigint, oldest_s double precision, late_s double precision
-- By state: how many, for how many seconds the oldest has been due (available), running, or known (scheduled), and
-- how many seconds ago the first scheduled one should have become available.
select state, count(*),
       extract(epoch from now() - case state when 'available' then min(run_at) when 'running' then min(started_at)
                                             when 'scheduled' then min(created_at) end)::float8,
       case when state = 'scheduled' then greatest(0, extract(epoch from now() - min(run_at)))::float8 end
  from jobs group by state;

-- name: monitoring_quotas
-- returns: credential text, resource text, rate_limit bigint, rate_remaining bigint, window_ends_in_s double precision
select r.credential, r.resource, r.rate_limit, r.rate_remaining, extract(epoch from r.rate_reset)::float8
  from rate_limits r order by r.credential, r.resource;

-- name: monitoring_outcomes
-- returns: id bigint, kind text, key text, value bigint
-- Processes count GitHub's answers by outcome, and report the counts with their heartbeat.
select w.id, w.kind, o.key, o.value::bigint
  from workers w cross join lateral jsonb_each_text(
       case when jsonb_typeof(w.info -> 'outcomes') = 'object' then w.info -> 'outcomes' end) as o
 where o.value ~ '^[0-9]{1,18}$'
 order by w.kind, w.id, o.key;

-- name: monitoring_workers
-- returns: kind text, n bigint, heartbeat_s double precision
-- One without a heartbeat for half a minute counts as stopped, even if its row still exists.
select kind, count(*) filter (where heartbeat_at > now() - interval '30 seconds'),
       extract(epoch from now() - max(heartbeat_at))::float8
  from workers group by kind order by kind;

-- part: credentials_in_use()
-- One is seen when a process that has it registers as a worker. If none runs, those that were seen last.
with since as (
    select coalesce((select min(started_at) from workers
                      where heartbeat_at > now() - interval '30 seconds'
                        and (kind = 'crawler' or (kind = 'mirror' and info @> '{"pool": true}'))),
                    (select max(seen_at) from credentials) - interval '1 minute') as at),
used as (select * from credentials where seen_at >= (select at from since) and kind <> 'demo')

-- part: token_end(whose)
-- When its token expires (Unix seconds), as processes report it with their heartbeats; null: not known to.
       (select max(case jsonb_typeof(w.info -> 'token_ends' -> @whose@) when 'number' then (w.info -> 'token_ends' ->> @whose@)::float8 end)
          from workers w where w.heartbeat_at > now() - interval '30 seconds')

-- name: figures_credentials
-- returns: label text, suspended_s double precision, blocked_s double precision, ends_s double precision
-- For how many more seconds each that is in use is not used, after a refusal (401) and after a secondary limit.
credentials_in_use()
select label, greatest(0, extract(epoch from benched_until - now()))::float8,
       greatest(0, extract(epoch from blocked_until - now()))::float8,
token_end(label)
  from used order by position, label;

-- name: monitoring_webhooks
-- returns: well bigint, failing bigint, stopped bigint, dead_letters bigint
select count(*) filter (where state = 'active' and failing_since is null),
       count(*) filter (where state = 'active' and failing_since is not null),
       count(*) filter (where state <> 'active'), (select count(*) from webhook_dead_letters)
  from webhooks;

-- name: figures_rest
-- returns: hydration_queue bigint, last_discovery_s double precision, schema_version bigint, lag_s double precision
-- Stubs that wait to be hydrated, the last discovery (Unix seconds), the schema's version, and the lag of a replica in seconds: 0 if
-- it receives and has replayed everything, null on a primary.
select (select count(*) from hydration_queue),
       (select extract(epoch from max(finished_at))::float8 from jobs
         where kind = 'discovery_scraper' and state = 'completed' and finished_at is not null),
       (select max(version)::bigint from schema_migrations where version ~ '^[0-9]{1,9}$'),
       case when not pg_is_in_recovery() then null
            when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() and exists (select from pg_stat_wal_receiver) then 0
            -- none replayed since it started: its data are older than that
            else extract(epoch from clock_timestamp() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) end::float8;
