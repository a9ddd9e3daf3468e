-- A task as the person who asked for it sees it.

-- name: tasks_asked
-- params: job bigint, asked_by text
-- returns: pg_notify void
-- Who asked first, and wakes crawlers.
with asked as (
    update jobs set asked_by = $2 where id = $1 and $2 is not null and asked_by is null)
select pg_notify(gitomatic_channel('gitomatic_jobs'), '');

-- name: tasks_end
-- params: task bigint, job bigint
-- returns: cancelled bigint, note text
-- How many of its jobs were cancelled; what the job that was asked for says about its end.
select count(*) filter (where state = 'cancelled'), min(note) filter (where id = $2) from jobs where task_id = $1;

-- name: tasks_lacking
-- params: task bigint, most integer
-- returns: kind text, subject text, note text, n bigint
-- Its lists that ended without all there is, the first of them, and how many they are: a list that ends well has no note.
select kind, subject, note, count(*) over () from jobs
 where task_id = $1 and state = 'completed' and note is not null
   and (kind in ('{jobs_list_developer}') or kind in ('{jobs_of_repository}'))
 order by id limit $2;
