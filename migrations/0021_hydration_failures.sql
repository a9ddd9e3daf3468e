-- migrate:up

-- Stubs whose detail failed as often as is tried: the next syncs that name them try once each, and ever more rarely. A new, empty
-- table: nothing is locked.
create table hydration_failures (
    kind smallint not null,
    github_id bigint not null,
    rounds integer not null,
    again_at timestamptz not null,
    primary key (kind, github_id));

-- migrate:down

drop table hydration_failures;
