-- Where interrupted imports continue, ids that records had elsewhere, and hours of GH Archive.

-- name: imports_position
-- params: source text, part text
-- returns: position text
select position from import_positions where source = $1 and part = $2;

-- name: imports_move
-- params: source text, part text, position text
insert into import_positions (source, part, position) values ($1, $2, $3)
on conflict (source, part) do update set position = excluded.position, at = now();

-- name: imports_end
-- params: source text
delete from import_positions where source = $1;

-- name: imports_hour
-- params: sha256 text
-- returns: known boolean
-- Whether a file with this content was read.
select exists (select from archive_hours where sha256 = $1);

-- name: imports_add_hour
-- params: hour timestamptz, first_id bigint, last_id bigint, events bigint, sha256 text
-- Of two files about one hour, the one with more events counts.
insert into archive_hours (hour, first_id, last_id, events, share, sha256)
values ($1, nullif($2, 0), nullif($3, 0), $4, case when $3 > 0 then least(1, $4::double precision / ($3 - $2 + 1)) end, $5)
on conflict (hour) do update
   set first_id = excluded.first_id, last_id = excluded.last_id, events = excluded.events, share = excluded.share,
       sha256 = excluded.sha256, imported_at = now()
 where archive_hours.events <= excluded.events;

-- name: former_id_find
-- params: id text, kind smallint
-- returns: github_id bigint
-- The record that had this id in a database it was imported from.
select github_id from former_ids where id = $1::uuid and kind = $2;
