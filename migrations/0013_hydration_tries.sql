-- migrate:up

-- How often a stub's detail was asked for in vain: one that fails is set aside, and the others of its job go on. A constant
-- default: no row is written, the lock is held for a moment.
alter table hydration_queue add column tries smallint not null default 0;

-- migrate:down

alter table hydration_queue drop column tries;
