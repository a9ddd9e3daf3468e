-- A task as the person who asked for it sees it.

-- name: tasks_end
-- params: task bigint, job bigint
-- How many of its jobs were cancelled; what the job that was asked for says about its end.
select count(*) filter (where state = 'cancelled'), min(note) filter (where id = $2) from jobs where task_id = $1;
