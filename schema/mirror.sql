-- The mirror's cache. Keys and scopes are hashes made by the program; times are this database's, returned as ages.

-- name: mirror_key
-- params: mine bytea
-- returns: key bytea
-- Created by the first mirror: $1, or a new one. Of two at once, one gets no row and repeats.
with made as (
    insert into mirror_key (key) select coalesce($1, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
     where not exists (select from mirror_key) on conflict do nothing returning key)
select key from mirror_key union all select key from made;

-- name: mirror_find
-- params: key bytea, resource bytea, writer bytea
-- returns: own boolean, key bytea, url text, headers bytea, bytes bytea, n_items integer, derivable boolean
-- returns: fetched_age_ms bigint, checked_age_ms bigint, barred boolean
-- The page itself, or else one of another credential, from whose body an ETag for the request can be computed.
select p.key = $1, p.key, p.url, p.headers, b.bytes, p.n_items, p.derivable,
       (extract(epoch from now() - p.fetched_at) * 1000)::bigint,
       case when w.at is null or w.at < p.checked_at
            then (extract(epoch from now() - p.checked_at) * 1000)::bigint end, p.barred
  from mirror_pages p join mirror_bodies b on b.hash = p.body
       left join lateral (select max(at) as at from mirror_writes
                           where scope in (p.scope, $3, decode(repeat('ff', 16), 'hex'))) w on true
 where p.resource = $2 and (p.key = $1 or p.derivable)
 order by p.key = $1 desc, p.used_at desc limit 1;

-- name: mirror_save
-- params: key bytea, resource bytea, url text, scope bytea, headers bytea, hash bytea, bytes bytea, n_items integer, derivable boolean, checked boolean
-- returns: is_new boolean, bytes bigint
-- Returns whether the page is new, and how many bytes were added. A body that another page has already is not written again.
with body as (
    insert into mirror_bodies (hash, bytes, size) values ($6, $7, length($7)) on conflict (hash) do nothing
    returning size)
insert into mirror_pages (key, resource, url, scope, headers, body, size, n_items, derivable, checked_at)
values ($1, $2, $3, $4, $5, $6, length($5) + length($7), $8, $9, case when $10 then now() end)
on conflict (key) do update
   set url = excluded.url, headers = excluded.headers, body = excluded.body, size = excluded.size, n_items = excluded.n_items,
       derivable = excluded.derivable, fetched_at = now(), checked_at = excluded.checked_at, barred = false, used_at = now()
returning xmax = 0, coalesce((select size from body), 0) + length($5);

-- name: mirror_headers
-- params: key bytea, headers bytea, checked boolean
-- After GitHub's 304: the page may be served again.
update mirror_pages set headers = $2, size = size - length(headers) + length($2), barred = false, checked_at = case when $3 then now() end
 where key = $1;

-- name: mirror_bar
-- params: url text, resource bytea, scope bytea, key bytea
-- returns: key text
-- Every form of a page that was refused to a credential: other media types of the address, and the address it redirected to.
update mirror_pages set barred = true, checked_at = null
 where (key = $4 or (scope = $3 and (resource = $2 or lower(url collate "C") = lower($1 collate "C")))) and not barred
returning encode(key, 'hex');

-- name: mirror_bar_all
-- More refusals than could be recorded while the database was away: everything must be revalidated.
update mirror_pages set barred = true, checked_at = null where not barred;

-- name: mirror_touch
-- params: used text[], checked text[]
-- Keys as hex: pages that were served, and pages that GitHub confirmed.
with used as (update mirror_pages set used_at = now()
               where key in (select decode(k, 'hex') from unnest($1) k) and not key in (select decode(k, 'hex') from unnest($2) k))
update mirror_pages set used_at = now(), checked_at = now()
 where key in (select decode(k, 'hex') from unnest($2) k);

-- name: mirror_drop
-- params: key bytea
delete from mirror_pages where key = $1;

-- name: mirror_purge
-- params: pattern text
-- returns: n bigint
-- A pattern of LIKE. GitHub ignores the case of names.
with gone as (delete from mirror_pages where lower(url collate "C") like lower($1 collate "C") returning 1)
select count(*) from gone;

-- name: mirror_mark_stale
-- params: patterns text[]
-- Invalidates pages: they must be revalidated before they count as fresh. The patterns are in lower case.
update mirror_pages set checked_at = null where checked_at is not null and lower(url collate "C") like any ($1);

-- name: mirror_tell_stale
-- params: messages text[]
-- returns: pg_notify void
select pg_notify(gitomatic_channel('gitomatic_mirror'), m) from unnest($1) m;

-- name: mirror_written
-- params: scope bytea
insert into mirror_writes (scope, at) values ($1, now()) on conflict (scope) do update set at = excluded.at;

-- name: mirror_writes_prune
-- params: days integer
delete from mirror_writes where at < now() - $1 * interval '1 day';

-- name: mirror_notify
-- params: message text
-- returns: pg_notify void
select pg_notify(gitomatic_channel('gitomatic_mirror'), $1);

-- name: mirror_size
-- returns: pages bigint, bytes bigint
select (select count(*) from mirror_pages),
       (select coalesce(sum(size), 0) from mirror_bodies)::bigint
       + (select coalesce(sum(length(headers)), 0) from mirror_pages)::bigint;

-- name: mirror_evict
-- params: bytes bigint, most bigint
-- returns: pages bigint, freed bigint
-- The least recently used pages that together hold so many bytes, at most so many pages.
with old as materialized (
    select key, size, sum(size) over (order by used_at, key) as upto
      from (select key, size, used_at from mirror_pages order by used_at, key limit $2) oldest),
gone as (
    delete from mirror_pages where key in (select key from old where upto - size < $1) returning size)
select count(*), coalesce(sum(size), 0)::bigint from gone;

-- name: mirror_sweep
-- returns: n bigint
-- Bodies no page has any more. A page saved at this moment may want one of them: its foreign key makes one of the two fail,
-- and both are repeated.
with gone as (
    delete from mirror_bodies b where not exists (select from mirror_pages p where p.body = b.hash) returning 1)
select count(*) from gone;

-- name: mirror_user
-- params: scope bytea, hours integer
-- returns: login text, recent boolean
-- Whether the stored owner is recent enough.
select login, checked_at > now() - $2 * interval '1 hour' from mirror_users where scope = $1;

-- name: mirror_user_save
-- params: scope bytea, login text
insert into mirror_users (scope, login) values ($1, $2)
on conflict (scope) do update set login = excluded.login, checked_at = now();

-- name: mirror_users_prune
-- params: days integer
delete from mirror_users where checked_at < now() - $1 * interval '1 day';

-- name: mirror_alive
-- returns: alive boolean
-- Whether a mirror runs somewhere, so that the crawler stores its pages for it.
select exists (select from workers where kind = 'mirror' and heartbeat_at > now() - interval '30 seconds');

-- name: mirror_upstreams
-- returns: url text
-- The servers that running mirrors ask. None: no mirror runs.
select distinct info ->> 'upstream' from workers
 where kind = 'mirror' and heartbeat_at > now() - interval '30 seconds' and info ? 'upstream' order by 1;
