-- migrate:up

-- The index of open work by key told by states what it holds, so it could also serve a search for the jobs of one of these
-- states. Where the planner knew of few such jobs and there were many, as happens beside a million finished ones, it took this
-- index instead of the one made for claims, and read and sorted all open jobs for each claim. An open job is one without a time
-- of its end, too; told by that, the index is found only by who asks by that. Nobody can use the queue while it is made: a
-- second for a million jobs.
drop index jobs_key;
create unique index jobs_key on jobs (key) where finished_at is null;

-- migrate:down

drop index jobs_key;
create unique index jobs_key on jobs (key) where state in ('available', 'running', 'scheduled');
