-- migrate:up

-- Figures of large lists, made anew by the scheduler every few minutes: how often each value is there, and what has gained
-- stars. Small lists are counted when they are asked for. Both tables hold what can be made again from the others.
create table facet_counts (
    list        text not null,
    field       text not null,
    place       integer not null,
    value       text,             -- null: none; of owners their GitHub id
    n           bigint not null,
    primary key (list, field, place)
);
create table facet_totals (
    list     text not null,
    field    text not null,
    total    bigint not null,
    n_values bigint not null,
    as_of    timestamptz not null,
    primary key (list, field)
);
create table rising_repositories (
    days      smallint not null,
    place     smallint not null,
    github_id bigint not null,
    gained    bigint not null,
    as_of     timestamptz not null,
    primary key (days, place)
);

-- migrate:down

drop table rising_repositories, facet_totals, facet_counts;
