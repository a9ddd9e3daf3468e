-- migrate:up

-- Who is not to come back: a keyed hash of a GitHub id, so that the plain id stands nowhere. The key is this database's
-- own; without it a hash says nothing, with it one can ask about an id, which is what pages have to do.
create table tombstones (
    hash         bytea primary key,
    forgotten_at timestamptz not null
);
create table tombstone_key (
    only_one boolean primary key default true check (only_one),
    key      bytea not null
);
-- 244 random bits of PostgreSQL's own strong source: no extension is needed.
insert into tombstone_key (key) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- The message has one length (8 bytes), for which a key in front of it is a sound keyed hash. Inlined where it is used;
-- the key is an argument so that statements read it once.
create function gitomatic_tombstone(github_id bigint, key bytea) returns bytea
    language sql immutable parallel safe
    as $$ select sha256(key || int8send(github_id)) $$;

-- Repositories a fork comes from, by id alone: their names hold their owners', who may have been forgotten.
create function gitomatic_parents_by_id(doc jsonb) returns jsonb
    language sql immutable parallel safe
    as $$ select doc || coalesce((
               select jsonb_object_agg(key, jsonb_build_object('id', value -> 'id')) from jsonb_each(doc)
                where key in ('parent', 'source', 'template_repository') and jsonb_typeof(value) = 'object'), '{}') $$;

-- Discovery picks the never walked and the stale apart; every row is in one of the two at most, so that keeping both
-- costs what one did. Building them reads the frontier once: some seconds for ten million rows, with writers waiting.
drop index frontier_next;
create index frontier_new on frontier (next_at, github_id) where last_at is null and next_at < 'infinity';
create index frontier_stale on frontier (next_at, github_id) where last_at is not null and next_at < 'infinity';

-- The syncs of one developer that are still kept (gitomatic why).
create index jobs_profiles on jobs (key, id) where kind = 'full_profile_sync';

-- migrate:down

drop index jobs_profiles;
drop index frontier_stale;
drop index frontier_new;
create index frontier_next on frontier (next_at, github_id) where next_at < 'infinity';
drop function gitomatic_parents_by_id(jsonb);
drop function gitomatic_tombstone(bigint, bytea);
drop table tombstone_key, tombstones;
