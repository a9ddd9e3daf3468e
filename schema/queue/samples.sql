-- Samples. Their ids are drawn in C (core/model/sample.c): the same seed gives the same ids on every server.

-- name: samples_lock
-- params: name text
-- returns: pg_advisory_xact_lock void
-- A sample of one name is created by one process at a time.
select pg_advisory_xact_lock(gitomatic_lock(7750), hashtext($1));

-- name: samples_frame
-- params: kind smallint
-- returns: to_id bigint
-- The highest id that GitHub has shown. A hint of an archive has neither node id nor time, and may be any number, so that hints count
-- only where GitHub has shown nothing: of a thousand and more the highest but for 999, of fewer the highest. It reads the hints above
-- the highest id shown: a second for a million.
with hints (id) as (
    (select github_id from developers where $1 = 1 order by github_id desc limit 1000)
    union all
    (select github_id from repositories where $1 <> 1 order by github_id desc limit 1000))
select coalesce((select github_id from developers where $1 = 1 and (node_id is not null or synced_at is not null) order by github_id desc limit 1),
                (select github_id from repositories where $1 <> 1 and (node_id is not null or synced_at is not null) order by github_id desc limit 1),
                case when count(*) = 1000 then min(id) end, max(id), 0) from hints;

-- name: samples_insert
-- params: name text, kind smallint, seed bigint, wanted bigint, frame_to bigint
insert into samples (name, kind, seed, wanted, frame_to, drawn) values ($1, $2, $3, $4, $5, 0);

-- name: samples_forgotten
-- params: ids bigint[]
-- returns: id bigint
-- Ids of forgotten people.
select id from unnest($1) as id
 where exists (select from tombstones)
   and gitomatic_tombstone(id, (select key from tombstone_key)) in (select hash from tombstones);

-- name: samples_add
-- params: name text, first integer, ids bigint[]
with new as (
    insert into sample_members (sample, place, github_id)
    select $1, $2 + place - 1, id from unnest($3) with ordinality as a(id, place) returning 1)
update samples set drawn = drawn + (select count(*) from new) where name = $1;

-- name: samples_list
-- params: name text, n bigint, skip bigint
-- returns: name text, kind smallint, seed bigint, frame_to bigint, drawn bigint, asked bigint, found bigint, created_at timestamptz, finished_at timestamptz, wanted bigint
select name, kind, seed, frame_to, drawn, asked, found, created_at, finished_at, wanted
  from samples where $1 is null or name = $1 order by created_at desc, name limit $2 offset $3;

-- name: samples_count
-- returns: count bigint
select count(*) from samples;

-- name: samples_job
-- params: name text
-- returns: job_id bigint
-- The newest of the sample's jobs.
select coalesce(max(id), 0) from jobs where kind = 'sample' and subject = $1 and state not in ('failed', 'cancelled');

-- name: samples_stubs
-- params: name text, n integer
-- returns: github_id bigint, kind smallint
select m.github_id, s.kind from sample_members m join samples s on s.name = m.sample
 where m.sample = $1 and m.found is null and m.github_id is not null order by m.place limit $2;

-- name: samples_answered
-- params: name text, found bigint[], missing bigint[]
with answered as (
    update sample_members set found = github_id = any ($2)
     where sample = $1 and found is null and github_id = any ($2 || $3) returning found)
update samples set asked = asked + (select count(*) from answered),
       found = samples.found + (select count(*) from answered where answered.found) where name = $1;

-- name: samples_queue_nothing
-- params: task bigint
-- Owners that came along with repositories stay stubs: a sample costs what its ids cost.
delete from hydration_queue where task_id = $1 and job_id is null;

-- name: samples_finish
-- params: name text
update samples set finished_at = now() where name = $1;
