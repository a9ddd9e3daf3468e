-- migrate:up

-- Ids that records had in a database they were imported from, so that links made there lead to the record. Several of them may
-- mean one record. An erasure takes them along.
create table former_ids (
    id        uuid primary key,
    kind      smallint not null check (kind in (1, 2)),
    github_id bigint not null
);
create index former_ids_record on former_ids (kind, github_id);

-- Where an import that was interrupted goes on. A row goes when its part is complete.
create table import_positions (
    source   text not null,
    part     text not null,
    position text not null,
    at       timestamptz not null default now(),
    primary key (source, part)
);

-- Hours of GH Archive that were read. share: events / (last_id - first_id + 1), of all ids that GitHub gave to events meanwhile. No ids:
-- a file from before 2015.
create table archive_hours (
    hour        timestamptz primary key,
    first_id    bigint,
    last_id     bigint,
    events      bigint not null,
    share       double precision,
    sha256      text not null,
    imported_at timestamptz not null default now()
);

-- migrate:down

drop table archive_hours;
drop table import_positions;
drop table former_ids;
