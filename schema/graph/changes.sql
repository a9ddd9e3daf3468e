-- The log of changes (migration 0005 explains how it is written, and why reading up to the horizon misses nothing).
-- A position is a row's id and the number of its items that were read; items after it cost nothing.

-- name: changes_horizon
-- returns: horizon bigint
-- A statement of its own: what it guarantees is visible to statements that begin after it.
select gitomatic_changes_horizon();

-- name: changes_check
-- params: id bigint
-- returns: horizon bigint, at timestamptz
-- The horizon, and when the row at a position was written: a cursor includes it, since in a database that was restored from an
-- older dump the same number may belong to another row. 1970 without such a row, null beyond the last number that was taken. (Not
-- beyond the horizon, which goes back if a writer is slow between the two steps of gitomatic_changes_begin().)
select gitomatic_changes_horizon(),
       coalesce((select at from changes where id = $1),
                case when $1 <= coalesce(pg_sequence_last_value('changes_id_seq'), 0) + 1 then to_timestamp(0) end);

-- part: items_of(rows)
enough as (select id from (select id, sum(n) over (order by id) - n as before from @rows@) x where before <= $2 + $4)
select c.id, e.place, c.at, c.type, e.one, e.other, e.starred_at
  from enough join changes c on c.id = enough.id,
       lateral unnest(c.ids, c.others, c.starred_at) with ordinality as e(one, other, starred_at, place)
 where c.id > $1 or e.place > $2
 order by c.id, e.place limit $4 + 1;

-- name: changes_page
-- params: id bigint, taken bigint, horizon bigint, n integer
-- returns: id bigint, place bigint, at timestamptz, type text, one bigint, other bigint, starred_at timestamptz
-- One item more than requested, if there is one. 0 means an erased person.
with few as materialized (
    select id, n from changes where id >= $1 and id <= $3 and ids is not null order by id limit $4 + 2),
items_of(few)

-- name: changes_page_of
-- params: id bigint, taken bigint, horizon bigint, n integer, types text[]
-- returns: id bigint, place bigint, at timestamptz, type text, one bigint, other bigint, starred_at timestamptz
-- The same for some types, by their index: rows are compared as it stores them, so that no other index can be chosen.
with few as materialized (
    select x.id, x.n from unnest($5) as wanted(type), lateral (
           select id, n from changes
            where (type, id) >= (wanted.type, $1) and (type, id) <= (wanted.type, $3) and ids is not null
            order by type, id limit $4 + 2) x
     order by x.id limit $4 + 2),
items_of(few)

-- part: items_before(rows)
enough as (select id from (select id, sum(n) over (order by id desc) - n as after from @rows@) x where after <= $5)
select c.id, e.place, c.at, c.type, e.one, e.other, e.starred_at
  from enough join changes c on c.id = enough.id,
       lateral unnest(c.ids, c.others, c.starred_at) with ordinality as e(one, other, starred_at, place)
 where (c.id < $1 or e.place < $2) and (c.id > $3 or e.place > $4)
 order by c.id desc, e.place desc limit $5 + 1;

-- name: changes_before
-- params: id bigint, place bigint, from_id bigint, from_taken bigint, n integer
-- returns: id bigint, place bigint, at timestamptz, type text, one bigint, other bigint, starred_at timestamptz
-- The items before a position and after another one, newest first.
with few as materialized (
    select id, case when id = $1 then least(n, $2 - 1) else n end as n from changes
     where id <= $1 and id >= $3 and ids is not null order by id desc limit $5 + 2),
items_before(few)

-- name: changes_before_of
-- params: id bigint, place bigint, from_id bigint, from_taken bigint, n integer, types text[]
-- returns: id bigint, place bigint, at timestamptz, type text, one bigint, other bigint, starred_at timestamptz
-- The same for some types.
with few as materialized (
    select x.id, case when x.id = $1 then least(x.n, $2 - 1) else x.n end as n from unnest($6) as wanted(type), lateral (
           select id, n from changes
            where (type, id) <= (wanted.type, $1) and (type, id) >= (wanted.type, $3) and ids is not null
            order by type desc, id desc limit $5 + 2) x
     order by x.id desc limit $5 + 2),
items_before(few)

-- name: changes_at
-- params: at timestamptz, horizon bigint
-- returns: at bigint
-- The first row that was written by a transaction that began then or later. Rows are nearly in the order of time: a transaction that
-- began later may have written earlier, by as many rows as others wrote during the first one.
select coalesce(
    (select min(near.id) from (select id, at from changes where id <= found.id order by id desc limit 5000) near
      where near.at >= $1), $2 + 1)
  from (select (select id from changes where at >= $1 and id <= $2 order by at limit 1) as id) found;

-- name: changes_row
-- params: id bigint, horizon bigint
-- returns: id bigint, taken bigint, at timestamptz
-- The row of a position, with none of its items; after the last row that one, with all of them. A cursor that names a row and its
-- time stays recognisable after a restore; the number of a row that is still to come does not.
select id, case when id = $1 then 0 else coalesce(n, 0) end::bigint, at from changes where id <= least($1, $2) order by id desc limit 1;

-- name: changes_fold_from
-- Where the sums end, if there is anything to add.
insert into changes_folded (position)
select 0 where not exists (select from changes_folded) and exists (select from changes) on conflict do nothing;

-- name: changes_fold
-- params: horizon bigint, most integer
-- returns: n bigint
-- Adds rows up to the horizon to the sums by day. Of two at once, the second waits and continues from there.
with begin as materialized (select position from changes_folded for update),
part as materialized (
    select id, (at at time zone 'utc')::date as day, type, n, known, synced from changes
     where id > (select position from begin) and id <= $1 order by id limit $2),
summed as (
    insert into change_days (day, type, n, known, synced)
    select day, type, sum(n), sum(known), sum(synced) from part group by day, type order by day, type
    on conflict (day, type) do update
       set n = change_days.n + excluded.n, known = change_days.known + excluded.known,
           synced = change_days.synced + excluded.synced),
moved as (update changes_folded set position = (select max(id) from part) where exists (select from part))
select count(*) from part;
