-- migrate:up

-- What GitHub charged since counting began, in the row that each report of a process writes anyway. A default that is no
-- expression: the table is not rewritten.
alter table quota_buckets add column spent_people bigint not null default 0,
    add column spent_discovery bigint not null default 0, add column spent_mirror bigint not null default 0;

-- The quota every five minutes, with the sums at that time: a few rows each, removed after 30 days.
create table quota_samples (
    at             timestamptz not null,
    credential     text not null,
    resource       text not null,
    rate_limit     bigint,
    rate_remaining bigint,
    people         bigint not null,
    discovery      bigint not null,
    mirror         bigint not null,
    primary key (at, credential, resource)
);

-- migrate:down

drop table quota_samples;
alter table quota_buckets drop column spent_people, drop column spent_discovery, drop column spent_mirror;
