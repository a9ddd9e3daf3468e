-- migrate:up

-- The mirror's cache: what GitHub answered, by what was asked and by whom. Nothing here is older than GitHub would have it:
-- a page is proven by a conditional request before it is served, unless settings or an outage say otherwise.

-- Bytes as GitHub sent them, once each: equal bodies of several pages, or of several people, are one row. They are
-- compressed already, so TOAST does not try again.
create table mirror_bodies (
    hash  bytea primary key, -- BLAKE2b of the bytes
    bytes bytea not null,
    size  bigint not null
) with (autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05);
alter table mirror_bodies alter column bytes set storage external;

-- key: hash of everything an answer depends on. resource: of its address alone. scope: keyed hash of the Authorization
-- header; the header itself is stored nowhere.
create table mirror_pages (
    key        bytea primary key,
    resource   bytea not null,
    url        text not null,
    scope      bytea not null,
    headers    bytea not null, -- as lines; not text: GitHub's business what is in them
    body       bytea not null references mirror_bodies,
    size       bigint not null, -- of headers and body
    n_items    integer not null, -- of a JSON array; -1 for anything else
    derivable  boolean not null, -- the ETag another credential would get can be computed
    fetched_at timestamptz not null default now(),
    checked_at timestamptz, -- when GitHub last said that it holds
    used_at    timestamptz not null default now()
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index mirror_pages_resource on mirror_pages (resource);
create index mirror_pages_url on mirror_pages (lower(url) text_pattern_ops);
create index mirror_pages_body on mirror_pages (body);
create index mirror_pages_used on mirror_pages (used_at, key);

-- Whose credential it is: one question a day.
create table mirror_users (
    scope      bytea primary key,
    login      text not null,
    checked_at timestamptz not null default now()
);

-- This database's own key: without it a scope says nothing about a token.
create table mirror_key (
    only_one boolean primary key default true check (only_one),
    key      bytea not null
);
insert into mirror_key (key) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- migrate:down

drop table mirror_key, mirror_users, mirror_pages, mirror_bodies;
