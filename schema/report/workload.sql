-- The rate of the queue, tasks as shown to people, the units that mirrors save (schema/report/workload.h).

-- name: workload_pace
-- params: minutes integer, most integer
-- returns: ended bigint, oldest_due timestamptz
-- The oldest waiting job is searched among the first ones of each priority, by the index of claims: ids follow time, except for jobs
-- that were put back.
with recursive urgency as (
    (select priority from jobs where state = 'available' order by priority limit 1)
    union all
    select (select j.priority from jobs j where j.state = 'available' and j.priority > u.priority order by j.priority limit 1)
      from urgency u where u.priority is not null)
select (select count(*) from (select from jobs where finished_at > now() - make_interval(mins => $1) limit $2) x),
       (select min(j.run_at) from urgency u
         cross join lateral (select run_at from jobs where state = 'available' and priority = u.priority order by id limit 100) j);

-- name: workload_running
-- params: n integer, jobs integer, background smallint
-- returns: id bigint, kind text, subject text, asked_by text, discovery boolean, started timestamptz, ended timestamptz, open bigint
-- returns: completed bigint, failed bigint, cancelled bigint, cost bigint, note text, waits_until timestamptz
with busy as (
    select task_id from (select task_id from jobs where state = 'running' limit 1000) r where task_id is not null
    union
    select task_id from (select task_id from jobs where state = 'scheduled' and note = 'quota' and priority < $3
                          order by priority, run_at limit 100) w where task_id is not null),
task as (
    select t.id, t.kind, t.subject, t.asked_by, t.priority >= $3 as discovery from busy b join jobs t on t.id = b.task_id
     order by t.priority, t.id limit $1)
select t.id, t.kind, t.subject, t.asked_by, t.discovery, p.*
  from task t cross join lateral (
        select min(started_at), null::timestamptz, count(*) filter (where finished_at is null),
               count(*) filter (where state = 'completed'), count(*) filter (where state = 'failed'),
               count(*) filter (where state = 'cancelled'), coalesce(sum(cost), 0)::bigint, max(note) filter (where id = t.id),
               case when not bool_or(state in ('available', 'running')) then min(run_at) filter (where state = 'scheduled') end
          from (select * from jobs where task_id = t.id limit $2) j) p
 order by t.discovery, t.id;

-- name: workload_ended
-- params: n integer, jobs integer, background smallint, newest integer
-- returns: id bigint, kind text, subject text, asked_by text, discovery boolean, started timestamptz, ended timestamptz, open bigint
-- returns: completed bigint, failed bigint, cancelled bigint, cost bigint, note text, waits_until timestamptz
-- Found by the jobs that ended last: a task ends with its last job.
with recent as (
    select task_id, max(finished_at) as at from (
        select task_id, finished_at from jobs where finished_at is not null order by finished_at desc limit $4) r
     where task_id is not null group by task_id),
task as (
    select t.id, t.kind, t.subject, t.asked_by, t.priority >= $3 as discovery, r.at
      from recent r join jobs t on t.id = r.task_id
     where t.kind <> 'heart_beat_task'
       and not exists (select from jobs o where o.task_id = t.id and o.state in ('available', 'running', 'scheduled'))
     order by r.at desc, t.id desc limit $1)
select t.id, t.kind, t.subject, t.asked_by, t.discovery, p.*
  from task t cross join lateral (
        select min(started_at), t.at, 0::bigint,
               count(*) filter (where state = 'completed'), count(*) filter (where state = 'failed'),
               count(*) filter (where state = 'cancelled'), coalesce(sum(cost), 0)::bigint, max(note) filter (where id = t.id),
               null::timestamptz
          from (select * from jobs where task_id = t.id limit $2) j) p
 order by t.at desc, t.id desc;

-- name: workload_mirror
-- returns: mirrors bigint, since timestamptz, requests bigint, hits bigint, revalidated bigint, fresh bigint
-- returns: coalesced bigint, stored bigint
-- The counts that each mirror reports with its heartbeat.
select count(*), min(started_at),
       coalesce(sum((info ->> 'answered')::bigint), 0)::bigint, coalesce(sum((info ->> 'hits')::bigint), 0)::bigint,
       coalesce(sum((info #>> '{saved,revalidated}')::bigint), 0)::bigint,
       coalesce(sum((info #>> '{saved,fresh}')::bigint), 0)::bigint,
       coalesce(sum((info #>> '{saved,coalesced}')::bigint), 0)::bigint,
       coalesce(sum((info #>> '{saved,stored}')::bigint), 0)::bigint
  from workers where kind = 'mirror' and heartbeat_at > now() - interval '30 seconds' and jsonb_typeof(info -> 'saved') = 'object';
