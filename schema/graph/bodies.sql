-- Bodies stored to compute ETags from (migration 0060).

-- name: bodies_find
-- params: etag text
-- returns: body bytea
-- used_at changes at most once a day, so that reads seldom write.
with used as (update kept_bodies set used_at = now() where etag = $1 and used_at < now() - interval '1 day')
select body from kept_bodies where etag = $1;

-- name: bodies_keep
-- params: etag text, body bytea, replaced text
with old as (delete from kept_bodies where etag = $3 and $3 <> $1)
insert into kept_bodies (etag, body) values ($1, $2) on conflict (etag) do update set used_at = now();

-- name: bodies_forget_all
-- There is no index of the persons in a body, so forgetting a person drops all bodies. Pages are then charged once.
delete from kept_bodies;

-- name: bodies_prune
-- params: days integer
delete from kept_bodies where etag in (
    select etag from kept_bodies where used_at < now() - $1 * interval '1 day' limit 5000);
