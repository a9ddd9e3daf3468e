-- What /metrics of the API shows of the database.

-- name: monitoring_jobs
-- By state: how many, and for how many seconds the oldest has been due (available) or at work (running).
select state, count(*),
       extract(epoch from now() - case state when 'available' then min(run_at) when 'running' then min(started_at) end)::float8
  from jobs group by state;

-- name: monitoring_quotas
select r.credential, r.resource, r.rate_limit, r.rate_remaining, extract(epoch from r.rate_reset)::float8
  from rate_limits r order by r.credential, r.resource;

-- name: monitoring_outcomes
-- Processes count GitHub's answers by outcome and tell it with their heartbeat.
select w.id, w.kind, o.key, o.value::bigint
  from workers w cross join lateral jsonb_each_text(
       case when jsonb_typeof(w.info -> 'outcomes') = 'object' then w.info -> 'outcomes' end) as o
 where o.value ~ '^[0-9]{1,18}$'
 order by w.kind, w.id, o.key;

-- name: monitoring_workers
select kind, count(*), extract(epoch from now() - max(heartbeat_at))::float8 from workers group by kind order by kind;
