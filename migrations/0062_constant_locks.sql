-- migrate:up

-- What tells an installation's locks apart from another's is the same for every statement of a session (plans are made anew when
-- the search path changes). So the planner may take it for a constant: asked anew with every page it took 0.1 ms a lock.
-- Takes a moment.
alter function gitomatic_room() immutable;
alter function gitomatic_lock(integer) immutable;
alter function gitomatic_channel(text) immutable;

-- migrate:down

alter function gitomatic_channel(text) stable;
alter function gitomatic_lock(integer) stable;
alter function gitomatic_room() stable;
