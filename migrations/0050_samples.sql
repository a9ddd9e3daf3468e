-- migrate:up

-- Samples: ids drawn uniformly from a frame, and what GitHub said of each (schema/queue/samples.sql).
create table samples (
    name        text primary key check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    kind        smallint not null check (kind in (1, 2)), -- 1 developers, 2 repositories
    seed        bigint not null,
    wanted      bigint not null, -- ids asked for, of which there may be fewer in the frame
    frame_to    bigint not null, -- the frame is 1 to this
    drawn       bigint not null,
    asked       bigint not null default 0, -- answered by GitHub
    found       bigint not null default 0,
    created_at  timestamptz not null default now(),
    finished_at timestamptz
);
-- In the order in which they were drawn.
create table sample_members (
    sample    text not null references samples (name) on delete cascade,
    place     integer not null,
    github_id bigint,  -- null: forgotten meanwhile
    found     boolean, -- null: not asked yet
    primary key (sample, place)
);
create index sample_members_waiting on sample_members (sample, place) where found is null;
create index sample_members_found on sample_members (sample, github_id) where found;
create index sample_members_record on sample_members (github_id);

-- migrate:down

drop table sample_members, samples;
