-- migrate:up

-- Stubs are looked up by kind and id together. With the kind first, of which there are two, a plan that was made while the queue
-- was short could read all of a kind to find a few. Takes a moment: the queue holds what waits, not what is known.
alter table hydration_queue drop constraint hydration_queue_pkey, add primary key (github_id, kind);

-- migrate:down

alter table hydration_queue drop constraint hydration_queue_pkey, add primary key (kind, github_id);
