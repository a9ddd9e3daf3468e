-- Sessions of the API's pages. users.sql ends those of a user who changes.

-- name: sessions_add
-- params: hash_hex text, user_name text, seconds bigint, password_hash text
-- returns: added boolean
-- One row: whether the user exists, with that password. Expired sessions are removed when the next one begins.
with expired as (delete from api_sessions where expires_at < now()),
done as (
    insert into api_sessions (hash, user_name, expires_at)
    select decode($1, 'hex'), name, now() + make_interval(secs => $3) from api_users where name = $2 and password_hash = $4
    returning id)
select exists (select from done);

-- name: sessions_find
-- params: hash_hex text
-- returns: name text, read_only boolean, expires_at timestamptz
select u.name, u.read_only, s.expires_at
  from api_sessions s join api_users u on u.name = s.user_name
 where s.hash = decode($1, 'hex') and s.expires_at > now();

-- name: sessions_remove
-- params: hash_hex text
-- returns: n bigint, notified bigint
-- Other APIs may have it cached: they are notified, as when a user changes.
with done as (delete from api_sessions where hash = decode($1, 'hex') returning id),
notified as (select pg_notify(gitomatic_channel('gitomatic_users'), '') from done)
select (select count(*) from done), (select count(*) from notified);

-- name: sessions_remove_of
-- params: user_name text
-- returns: n bigint, notified bigint
with done as (delete from api_sessions where user_name = $1 returning id),
notified as (select pg_notify(gitomatic_channel('gitomatic_users'), '') from (select from done limit 1) x)
select (select count(*) from done), (select count(*) from notified);
