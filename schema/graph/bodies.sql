-- Bodies stored to compute ETags from (migration 0060).

-- name: bodies_find
-- params: etag text
-- returns: body bytea
-- used_at moves once a day, so that reading seldom writes.
with used as (update kept_bodies set used_at = now() where etag = $1 and used_at < now() - interval '1 day')
select body from kept_bodies where etag = $1;

-- name: bodies_keep
-- params: etag text, body bytea, replaced text
with old as (delete from kept_bodies where etag = $3 and $3 <> $1)
insert into kept_bodies (etag, body) values ($1, $2) on conflict (etag) do update set used_at = now();

-- name: bodies_forget_all
-- What a body says of whom is not indexed: forgetting a person drops them all. Pages are then charged once.
delete from kept_bodies;

-- name: bodies_prune
-- params: days integer
delete from kept_bodies where etag in (
    select etag from kept_bodies where used_at < now() - $1 * interval '1 day' limit 5000);
