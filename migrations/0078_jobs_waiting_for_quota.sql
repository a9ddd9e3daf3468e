-- migrate:up

-- Jobs that wait for quota, the most urgent first: the dashboard names the tasks among them that people asked for. Thousands of
-- discovery's jobs wait beside them, and each was visited to be told apart.
create index jobs_waiting on jobs (priority, run_at) where state = 'scheduled' and note = 'quota';

-- migrate:down

drop index jobs_waiting;
