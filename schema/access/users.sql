-- People and programs that may use the API. Every change notifies the running APIs, which keep verified passwords in memory.

-- name: users_put
-- params: name text, password_hash text, read_only boolean
-- returns: inserted boolean, notified bigint
-- Ends sessions: they began with the old password, or with other rights.
with done as (
    insert into api_users (name, password_hash, read_only) values ($1, $2, $3)
    on conflict (name) do update set password_hash = excluded.password_hash, read_only = excluded.read_only,
           changed_at = now()
    returning xmax = 0 as inserted),
signed_out as (delete from api_sessions where user_name = $1),
notified as (select pg_notify(gitomatic_channel('gitomatic_users'), '') from done)
select inserted, (select count(*) from notified) from done;

-- name: users_remove
-- params: name text
-- returns: name text, notified bigint
with done as (delete from api_users where name = $1 returning name),
notified as (select pg_notify(gitomatic_channel('gitomatic_users'), '') from done)
select name, (select count(*) from notified) from done;

-- name: users_list
-- returns: name text, read_only boolean, created_at timestamptz, changed_at timestamptz
select name, read_only, created_at, changed_at from api_users order by name;

-- name: users_find
-- params: name text
-- returns: password_hash text, read_only boolean
select password_hash, read_only from api_users where name = $1;
