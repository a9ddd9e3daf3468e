-- migrate:up

-- Who asked for a task: the name of a user of the API, or where else it came from. Of a task's first job; a column without a
-- default, so the lock is held for a moment.
alter table jobs add column asked_by text;

-- migrate:down

alter table jobs drop column asked_by;
