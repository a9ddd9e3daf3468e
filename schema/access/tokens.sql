-- Bearer tokens of the API. Removing one notifies the running APIs, as with users; a new one need not be announced.

-- name: tokens_add
-- params: name text, hash_hex text, user_name text, read_only boolean, expires_at timestamptz
-- returns: added boolean, user_exists boolean
-- Whether it was added (a name is taken once), and whether the user exists.
with owner as (select name from api_users where name = $3),
done as (
    insert into api_tokens (name, hash, user_name, read_only, expires_at)
    select $1, decode($2, 'hex'), $3, $4, $5 where $3 is null or exists (select from owner)
    on conflict (name) do nothing
    returning id)
select exists (select from done), $3 is null or exists (select from owner);

-- name: tokens_remove
-- params: name text
-- returns: name text, notified bigint
with done as (delete from api_tokens where name = $1 returning name),
notified as (select pg_notify(gitomatic_channel('gitomatic_users'), '') from done)
select name, (select count(*) from notified) from done;

-- name: tokens_list
-- returns: name text, user_name text, read_only boolean, created_at timestamptz, expires_at timestamptz
-- returns: last_used_at timestamptz
select name, user_name, read_only, created_at, expires_at, last_used_at from api_tokens order by name;

-- name: tokens_find
-- params: hash_hex text
-- returns: id bigint, name text, read_only boolean, expires_at timestamptz
select t.id, t.name, t.read_only or coalesce(u.read_only, false), t.expires_at
  from api_tokens t left join api_users u on u.name = t.user_name
 where t.hash = decode($1, 'hex') and (t.expires_at is null or t.expires_at > now());

-- name: tokens_used
-- params: id bigint
-- Coarse, so that several APIs that know the token seldom write the row.
update api_tokens set last_used_at = now()
 where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute');
