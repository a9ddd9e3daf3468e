-- Stubs on their way to full records.

-- name: hydration_task_lock
-- params: task bigint
-- returns: pg_advisory_xact_lock void
-- The ends of a task's jobs are taken one at a time, so that exactly one of them sees that it was the last.
select pg_advisory_xact_lock(gitomatic_lock(7718), ($1 % 2147483647)::integer);

-- name: hydration_others_open
-- params: task bigint
-- returns: open boolean
-- A list of states cannot use the partial indexes of single states: the planner, to which they look small, would read all jobs.
select exists (select from jobs where task_id = $1 and state in ('available', 'scheduled', 'running'));

-- name: hydration_skip_synced
-- params: task bigint
-- Two pages may queue one stub, the second one just after it was hydrated: it need not be requested again. Each is looked up
-- by its id: with old statistics of a small table, the planner might begin a join with all records.
delete from hydration_queue q
 where q.task_id = $1 and q.job_id is null and not q.rest and not q.again
   and case q.kind when {developer} then (select synced_at is not null and gone_at is null from developers where github_id = q.github_id)
                   else (select synced_at is not null and gone_at is null from repositories where github_id = q.github_id) end;

-- name: hydration_waiting
-- params: tasks bigint[]
-- returns: developers bigint, repositories bigint, others boolean
-- A row a task: stubs that wait, developers and repositories, and whether a job of the task has not begun. The lock on that job's row
-- keeps it from being claimed before this transaction commits. So it ends later than we do, and we are not the last.
select n.developers, n.repositories,
       exists (select from (select from jobs where task_id = t.task and state in ('available', 'scheduled')
                             limit 1 for key share skip locked) j)
  from unnest($1) with ordinality as t(task, ord),
       lateral (select count(*) filter (where kind = {developer}) as developers, count(*) filter (where kind = {repository}) as repositories
                  from hydration_queue q where q.task_id = t.task and q.job_id is null) n
 order by ord;

-- name: hydration_hand_out
-- params: task bigint, kinds bigint[], job_kind text, chunk integer, minimum integer, priority smallint
-- returns: n bigint
-- Takes up to a chunk of the task's waiting stubs into a job of their own, if there are at least `minimum`.
with waiting as materialized (
    select kind, github_id from hydration_queue
     where task_id = $1 and kind = any ($2) and job_id is null order by kind, github_id limit $4 for update skip locked),
new as (
    select nextval('jobs_id_seq') as id, n from (select count(*) as n from waiting) c where n >= $5 and n > 0),
job as (
    insert into jobs (id, kind, subject, key, task_id, priority)
    overriding system value
    select id, $3, n || case n when 1 then ' stub' else ' stubs' end, 'hydrate:' || id, $1, $6 from new returning id),
taken as (
    update hydration_queue q set job_id = job.id from waiting w, job
     where q.kind = w.kind and q.github_id = w.github_id returning 1)
select count(*) from taken;

-- name: hydration_adopt
-- params: task bigint
-- Stubs whose task is over (cancelled, or its job failed) wait under another one.
update hydration_queue q set task_id = $1, job_id = null, tries = 0
 where (job_id is not null and not exists (select from jobs where jobs.id = q.job_id and finished_at is null))
    or (job_id is null and (task_id is null or not exists (
            select from jobs where jobs.task_id = q.task_id and finished_at is null)));

-- name: hydration_stubs
-- params: job bigint, n integer, most_tries smallint
-- returns: kind smallint, github_id bigint, name text, node_id text, rest boolean, full boolean, tries smallint
-- Failed ones come after the others, the least often failed first. Not those that wait for another sync.
select q.kind, q.github_id, coalesce(d.login, r.full_name), coalesce(d.node_id, r.node_id), q.rest,
       x.synced_at is not null and x.gone_at is null, q.tries
  from hydration_queue q
  left join developers d on q.kind = {developer} and d.github_id = q.github_id
  left join repositories r on q.kind = {repository} and r.github_id = q.github_id,
       lateral (select coalesce(d.synced_at, r.synced_at) as synced_at, coalesce(d.gone_at, r.gone_at) as gone_at) x
 where q.job_id = $1 and q.tries < $3 and (d.github_id is not null or r.github_id is not null)
   and (q.rest or q.again or x.synced_at is null or x.gone_at is not null)
   and not exists (select from hydration_failures f where f.kind = q.kind and f.github_id = q.github_id and f.again_at > now())
 order by q.tries, q.rest, q.kind, q.github_id limit $2;

-- name: hydration_tried
-- params: kind smallint, github_id bigint, most_tries smallint
-- One that failed in an earlier sync is tried once in this one, and from its second failure on rarely: not for 10 minutes, doubled
-- each time, at most a day.
with try as (
    update hydration_queue q
       set tries = case when exists (select from hydration_failures f where f.kind = $1 and f.github_id = $2 and not f.refused)
                        then $3 else tries + 1 end
     where q.kind = $1 and q.github_id = $2 returning tries)
insert into hydration_failures as f (kind, github_id, rounds, again_at)
select $1, $2, 1, now() from try where tries >= $3
on conflict (kind, github_id) do update
   set refused = false, rounds = case when f.refused then 1 else f.rounds + 1 end,
       again_at = now() + case when f.refused then '0' else least(interval '1 day', interval '10 minutes' * 2 ^ least(f.rounds - 1, 10)) end;

-- name: hydration_refused
-- params: kind smallint, github_id bigint
-- It stays a stub, tried again by the next two syncs that name it, and from then on rarely, as one that fails.
-- Nothing is noted of one that was erased meanwhile.
with stub as (delete from hydration_queue where kind = $1 and github_id = $2 returning kind, github_id)
insert into hydration_failures as f (kind, github_id, rounds, again_at, refused) select kind, github_id, 1, now(), true from stub
on conflict (kind, github_id) do update
   set refused = true, rounds = case when f.refused then f.rounds + 1 else 1 end,
       again_at = now() + case when f.refused and f.rounds > 1
                               then least(interval '1 day', interval '10 minutes' * 2 ^ least(f.rounds - 2, 10)) else '0' end;

-- name: hydration_given_up
-- params: job bigint, most_tries smallint
-- returns: n bigint
-- The number of the job's stubs that have failed in all attempts.
select count(*) from hydration_queue where job_id = $1 and tries >= $2;

-- name: hydration_queue_stubs
-- params: kind smallint, ids bigint[], task bigint
-- For an unchanged page: ids that are still stubs, gone ones that are due to be requested again, and owners in the same state. A stub
-- whose job or task is over is taken over from it.
insert into hydration_queue (kind, github_id, task_id, rest)
select {developer}, github_id, $3, gone_at is not null from developers
 where $1 = 1 and github_id = any ($2)
   and case when gone_at is null then synced_at is null else gitomatic_look_due(gone_at, gone_looks) end
union all
select {repository}, github_id, $3, gone_at is not null from repositories
 where $1 = 2 and github_id = any ($2)
   and case when gone_at is null then synced_at is null else gitomatic_look_due(gone_at, gone_looks) end
union
select {developer}, d.github_id, $3, d.gone_at is not null from repositories r join developers d on d.github_id = r.owner_github_id
 where $1 = 2 and r.github_id = any ($2)
   and case when d.gone_at is null then d.synced_at is null else gitomatic_look_due(d.gone_at, d.gone_looks) end
 order by 1, 2
on conflict (kind, github_id) do update set task_id = excluded.task_id, job_id = null, tries = 0
 where case when hydration_queue.job_id is not null
            then not exists (select from jobs where id = hydration_queue.job_id and finished_at is null offset 0)
            else not exists (select from jobs where task_id = hydration_queue.task_id
                                and state in ('available', 'scheduled', 'running') offset 0) end;

-- name: hydration_done
-- params: kind smallint, ids bigint[]
with failed as (delete from hydration_failures where kind = $1 and github_id = any ($2))
delete from hydration_queue where kind = $1 and github_id = any ($2);

-- name: hydration_needs_rest
-- params: kind smallint, ids bigint[]
update hydration_queue set rest = true where kind = $1 and github_id = any ($2);

-- name: hydration_job_done
-- params: job bigint, most_tries smallint
-- The job's remaining stubs when there is nothing left to request: other jobs have hydrated them.
delete from hydration_queue where job_id = $1 and tries < $2;
