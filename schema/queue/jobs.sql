-- The queue. Every statement that ends or moves a running job names its lease: a worker whose job was given to another
-- changes nothing. "now" is the database's, so workers' clocks do not matter. A statement that moves a job names the events of
-- job_edges (core/model/job.c) it represents; tests/docs/test_job_events.py drives each from every state.

-- name: jobs_enqueue
-- params: kind text, subject text, key text, task bigint, priority smallint, args jsonb, run_at timestamptz
-- returns: id bigint, inserted boolean
-- event: expedite
-- If a job for the same work waits, it is returned, takes the higher priority, and becomes due if it waited for the quota of less
-- urgent work; if one runs, it is marked to run again. Both take the new args (and the requesting task is added to `also`, up to a
-- hundred): a list that has waited for hours may have another name and length.
with new as (select nextval('jobs_id_seq') as id)
insert into jobs (id, kind, subject, key, task_id, priority, args, run_at, state)
overriding system value
select new.id, $1, $2, $3, coalesce($4, new.id), $5, $6, coalesce($7, now()),
       case when $7 > now() then 'scheduled' else 'available' end
  from new
on conflict (key) where finished_at is null do update
   set rerun = jobs.rerun or (jobs.state = 'running' and $4 is distinct from jobs.task_id),
       also = case when $4 is null or $4 = jobs.task_id or $4 = any (jobs.also) or cardinality(jobs.also) >= 100 then jobs.also
                   else array_append(jobs.also, $4) end,
       state = case when jobs.state = 'scheduled' and jobs.note = 'quota' and excluded.priority < jobs.priority
                    then 'available' else jobs.state end,
       args = coalesce(jobs.args || excluded.args, excluded.args, jobs.args),
       priority = least(jobs.priority, excluded.priority)
returning id, xmax = 0 as inserted;

-- name: jobs_enqueue_many
-- params: kinds text[], subjects text[], keys text[], tasks bigint[], priorities bigint[], args text[]
-- event: expedite
-- The same for several, each under an existing task; of two with one key the first counts. Their ids are not returned.
insert into jobs (id, kind, subject, key, task_id, priority, args)
overriding system value
select nextval('jobs_id_seq'), kind, subject, key, task, priority, args
  from (select distinct on (key) kind, subject, key, task, priority::smallint, args::jsonb, ord
          from unnest($1, $2, $3, $4, $5, $6) with ordinality as a(kind, subject, key, task, priority, args, ord) order by key, ord) a
 order by ord
on conflict (key) where finished_at is null do update
   set rerun = jobs.rerun or (jobs.state = 'running' and excluded.task_id is distinct from jobs.task_id),
       also = case when excluded.task_id = jobs.task_id or excluded.task_id = any (jobs.also) or cardinality(jobs.also) >= 100 then jobs.also
                   else array_append(jobs.also, excluded.task_id) end,
       state = case when jobs.state = 'scheduled' and jobs.note = 'quota' and excluded.priority < jobs.priority
                    then 'available' else jobs.state end,
       args = coalesce(jobs.args || excluded.args, excluded.args, jobs.args),
       priority = least(jobs.priority, excluded.priority);

-- name: jobs_notify
-- returns: pg_notify void
select pg_notify(gitomatic_channel('gitomatic_jobs'), '');

-- name: jobs_claim
-- params: worker bigint, n integer, n_background integer, background smallint
-- returns: id bigint, kind text, subject text, task_id bigint, lease bigint, attempt integer, priority smallint, args jsonb
-- returns: cursor jsonb, key text
-- event: claim
-- The most urgent first; of those whose priority is `background` or more, n_background at most.
with urgent as materialized (
    select id from jobs where state = 'available' and priority < $4 order by priority, id limit $2
       for update skip locked),
other as materialized (
    select id from jobs where state = 'available' and priority >= $4 order by priority, id
     limit (select least($3, $2 - count(*)) from urgent) for update skip locked)
update jobs set state = 'running', worker_id = $1, lease = nextval('job_leases'),
       started_at = coalesce(started_at, now())
  from (select id from urgent union all select id from other) picked where jobs.id = picked.id
returning jobs.id, kind, subject, task_id, lease, attempt, priority, args, cursor, key;

-- name: jobs_hold
-- params: id bigint, lease bigint
-- returns: id bigint, pg_advisory_xact_lock_shared void
-- First statement of every page's transaction: no row means the lease is gone; the row lock holds it until commit. The
-- advisory lock, which is taken before the row's, makes an erasure wait for the page (erase_lock).
select id, pg_advisory_xact_lock_shared(gitomatic_lock(7720), 0) from jobs where id = $1 and lease = $2 and state = 'running' for update;

-- name: jobs_hold_all
-- params: ids bigint[], leases bigint[]
-- returns: id bigint
-- The same for the jobs of a group, after jobs_erase_wait. Jobs whose lease is gone are missing. Only running jobs have a lease (a
-- check ensures it); a condition on the state would let the planner loop over all pairs by the index of running jobs.
select jobs.id from jobs join unnest($1, $2) as g(id, lease) on jobs.id = g.id and jobs.lease = g.lease
 order by jobs.id for update of jobs;

-- name: jobs_erase_wait
-- returns: pg_advisory_xact_lock_shared void
select pg_advisory_xact_lock_shared(gitomatic_lock(7720), 0);

-- name: jobs_save
-- params: ids bigint[], leases bigint[], cursors text[], pages bigint[], records bigint[], costs bigint[]
-- Progress resets the attempts.
update jobs set cursor = g.cursor::jsonb, pages = jobs.pages + g.pages, records = jobs.records + g.records,
       cost = jobs.cost + g.cost, attempt = 0, losses = 0, error = null, note = null
  from unnest($1, $2, $3, $4, $5, $6) as g(id, lease, cursor, pages, records, cost)
 where jobs.id = g.id and jobs.lease = g.lease;

-- name: jobs_finish
-- params: ids bigint[], leases bigint[], notes text[], pages bigint[], records bigint[], costs bigint[]
-- event: finish
-- The end of jobs, and their progress with it. Those requested again while they ran become new jobs here.
with given as (
    select jobs.id, jobs.rerun, g.note, g.pages, g.records, g.cost from jobs
      join unnest($1, $2, $3, $4, $5, $6) as g(id, lease, note, pages, records, cost) on jobs.id = g.id and jobs.lease = g.lease
     order by jobs.id for update of jobs),
done as (
    update jobs set state = 'completed', finished_at = now(), worker_id = null, lease = null, cursor = null, rerun = false,
           pages = jobs.pages + given.pages, records = jobs.records + given.records, cost = jobs.cost + given.cost,
           attempt = 0, losses = 0, error = null, note = given.note
      from given where jobs.id = given.id
    returning kind, subject, key, task_id, priority, args, given.rerun as again)
insert into jobs (kind, subject, key, task_id, priority, args)
select kind, subject, key, task_id, priority, args from done where again;

-- name: jobs_retry
-- params: id bigint, lease bigint, in_ms bigint, error text, attempts integer, cost integer, note text
-- event: retry, no quota
-- attempts: 1 counts a try, 0 does not (waiting for quota, an outage).
update jobs set state = 'scheduled', run_at = now() + $3 * interval '1 ms', attempt = attempt + $5,
       cost = cost + $6, error = $4, note = $7, worker_id = null, lease = null
 where id = $1 and lease = $2 and state = 'running';

-- name: jobs_fail
-- params: id bigint, lease bigint, error text, cost integer
-- event: give up
-- A job of hydration stores its stubs for a retry (jobs_ask_again); they leave the queue, so that any page that names them queues them
-- again.
with stubs as materialized (
    select jsonb_agg(jsonb_build_array(kind, github_id, rest, again)) as list from hydration_queue where job_id = $1),
done as (
    update jobs set state = 'failed', finished_at = now(), error = $3, cost = cost + $4, attempt = attempt + 1,
           worker_id = null, lease = null,
           args = case when stubs.list is null then args
                       else coalesce(args, '{}') || jsonb_build_object('stubs', stubs.list) end
      from stubs
     where id = $1 and lease = $2 and state = 'running'
    returning id)
delete from hydration_queue using done where job_id = done.id;

-- name: jobs_release
-- params: worker bigint
-- event: release
-- A worker that stops returns its jobs; cursors and attempts stay.
update jobs set state = 'available', worker_id = null, lease = null where state = 'running' and worker_id = $1;

-- name: jobs_release_one
-- params: id bigint, lease bigint
-- event: release
update jobs set state = 'available', worker_id = null, lease = null
 where id = $1 and lease = $2 and state = 'running';

-- name: jobs_due
-- event: due
with due as (select id from jobs where state = 'scheduled' and run_at <= now() order by run_at limit 1000
             for update skip locked)
update jobs set state = 'available' from due where jobs.id = due.id;

-- name: jobs_prune
-- params: keep_hours integer
-- In portions, so that no lock is held long.
delete from jobs where id in (
    select id from jobs where finished_at < now() - $1 * interval '1 hour' order by finished_at limit 5000);

-- name: jobs_cancel
-- params: id bigint
-- returns: n bigint, seen bigint
-- event: cancel
-- The task's first job represents the task: all open jobs are cancelled with it, except those that another task also requested, which
-- then own them. Returns how many were cancelled or passed on, and how many were open at the start: one that ended by itself meanwhile
-- may have enqueued others, which this statement does not see.
with seen as materialized (
    select count(*) as n from jobs where (id = $1 or task_id = $1 and also is null) and finished_at is null),
open as materialized (
    select id from jobs where (id = $1 or task_id = $1 and also is null) and finished_at is null
     order by id for update),
passed_on as (
    update jobs set task_id = also[1], also = nullif(also[2:], '{}')
     where task_id = $1 and id <> $1 and also is not null and finished_at is null
    returning id),
withdrawn as (
    update jobs set also = nullif(array_remove(also, $1), '{}')
     where also is not null and finished_at is null and $1 = any (also) and task_id is distinct from $1),
done as (
    update jobs set state = 'cancelled', finished_at = now(), worker_id = null, lease = null, rerun = false
      from open where jobs.id = open.id and jobs.finished_at is null
    returning jobs.id),
unqueued as (
    delete from hydration_queue using done where job_id = done.id)
select count(*) + (select count(*) from passed_on), (select n from seen) from done;

-- name: jobs_ask_again
-- params: id bigint
-- returns: n bigint
-- event: manual retry
-- The same for all jobs of a task. Not those about a forgotten person, whose names were removed; not those whose stubs were removed
-- when they were cancelled; not while the same work waits or runs under another id. If two jobs of a task are the same work, the newer
-- one.
with over as materialized (
    select id, key, args -> 'stubs' as stubs from jobs
     where (id = $1 or task_id = $1) and state in ('failed', 'cancelled')
       and (kind not in ('{jobs_hydrate}') or args ? 'stubs') and key <> kind || ':forgotten:' || id
     order by id for update),
done as (
    update jobs set state = 'available', finished_at = null, attempt = 0, losses = 0, error = null, note = null, run_at = now(),
           args = nullif(args - 'stubs', '{}')
      from (select distinct on (key) id, stubs from over order by key, id desc) chosen
     where jobs.id = chosen.id and jobs.finished_at is not null
       and not exists (select from jobs other where other.key = jobs.key
                          and other.finished_at is null)
    returning jobs.id, jobs.task_id, chosen.stubs),
forgiven as (
    delete from hydration_failures f using done, jsonb_array_elements(done.stubs) as s
     where f.kind = (s ->> 0)::smallint and f.github_id = (s ->> 1)::bigint),
queued as (
    insert into hydration_queue (kind, github_id, task_id, job_id, rest, again)
    select (s ->> 0)::smallint, (s ->> 1)::bigint, done.task_id, done.id, (s ->> 2)::boolean, (s ->> 3)::boolean
      from done, jsonb_array_elements(done.stubs) as s
    on conflict (kind, github_id) do nothing)
select count(*) from done;

-- name: jobs_same_work
-- params: id bigint
-- returns: id bigint
-- The open job that is the same work as this one.
select other.id from jobs one join jobs other on other.key = one.key and other.id <> one.id
 where one.id = $1 and other.finished_at is null limit 1;

-- name: jobs_state_of
-- params: id bigint
-- returns: state text, pages integer, records bigint, error text, task_id bigint
select state, pages, records, error, task_id from jobs where id = $1;

-- name: jobs_task_progress
-- params: task bigint, incomplete text
-- returns: open bigint, completed bigint, failed bigint, pages bigint, records bigint, cost bigint, next_run_at timestamptz
-- returns: error text, note text, incomplete bigint, missing text, active bigint, for_quota bigint
-- incomplete: the beginning of the notes of jobs that could not read everything.
select count(*) filter (where finished_at is null),
       count(*) filter (where state = 'completed'),
       count(*) filter (where state = 'failed'),
       coalesce(sum(pages), 0)::bigint, coalesce(sum(records), 0)::bigint, coalesce(sum(cost), 0)::bigint,
       min(run_at) filter (where state = 'scheduled'),
       min(error) filter (where state in ('failed', 'scheduled')),
       min(note) filter (where id = $1),
       count(*) filter (where state = 'completed' and starts_with(note, $2)),
       min(kind || ' of ' || subject || ': ' || note) filter (where state = 'completed' and starts_with(note, $2)),
       count(*) filter (where state in ('available', 'running')),
       count(*) filter (where state = 'scheduled' and note = 'quota')
  from jobs where task_id = $1;

-- name: jobs_count_states
-- returns: state text, n bigint
select state, count(*) from jobs group by state;

-- name: workers_register
-- params: kind text, host text, pid integer
-- returns: id bigint
-- The lock is taken in the statement that inserts the row, so no transaction sees one without the other.
with new as (insert into workers (kind, host, pid) values ($1, $2, $3) returning id)
select id from new, lateral (select pg_advisory_lock(gitomatic_lock(7717), id::integer)) as locked;

-- name: workers_heartbeat
-- params: id bigint, info jsonb
update workers set heartbeat_at = now(), info = $2 where id = $1;

-- name: workers_remove
-- params: id bigint
delete from workers where id = $1;

-- name: workers_reap
-- params: self bigint, silent_s integer
-- returns: workers bigint, jobs bigint
-- event: lease lost, lost too often
-- Workers whose session is gone (their advisory lock is free) or that were silent too long. Their jobs go to others; a job that loses
-- its worker 50 times without saving a page is assumed to kill them. Quota leased by a worker that had already been reaped is released
-- as well.
with dead as (
    delete from workers w
     where w.id <> $1
       and (w.heartbeat_at < now() - $2 * interval '1 second'
            or not exists (select from pg_locks l where l.locktype = 'advisory' and l.classid = gitomatic_lock(7717)::oid
                              and l.objid = w.id::integer::oid and l.objsubid = 2
                              and l.database = (select oid from pg_database where datname = current_database())))
    returning id),
freed as (
    update jobs set worker_id = null, lease = null, losses = losses + 1,
           state = case when losses >= 49 then 'failed' else 'available' end,
           finished_at = case when losses >= 49 then now() end,
           error = case when losses >= 49 then 'its worker died 50 times in a row' else error end
      from dead where state = 'running' and worker_id = dead.id
    returning jobs.id),
units as (
    delete from quota_leases q where not exists (
        select from workers w where w.id = q.worker_id and w.id not in (select id from dead)))
select (select count(*) from dead), (select count(*) from freed);

-- name: workers_list
-- returns: id bigint, kind text, host text, pid integer, started_at timestamptz, heartbeat_at timestamptz, info jsonb
select id, kind, host, pid, started_at, heartbeat_at, info from workers order by id;

-- name: jobs_wake
-- Jobs that wait for quota, not for a back-off: a new crawler may have other credentials.
update jobs set run_at = now() where state = 'scheduled' and note = 'quota' and run_at > now();
