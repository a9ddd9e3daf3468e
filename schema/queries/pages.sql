-- Pages of lists and details as GitHub sent them, turned into rows. The whole page travels as one jsonb parameter and
-- PostgreSQL takes it apart: a row costs the crawler nothing. A value of the wrong type fails the statement; the caller
-- then cleans the page item by item (github/decode) and repeats. Every upsert writes only what differs.
-- Whoever was forgotten (erasure.sql) is left out of everything; 0 stands in his place among the ids, so that a page
-- keeps its length. Nobody forgotten: the first `exists` says so, once a statement.

-- name: pages_users
-- params: page jsonb, task bigint
-- A page of user summaries. New ones become stubs; names follow; unsynced ones queue for hydration, and so does whoever
-- held one of these logins under another id (renamed or gone: his detail by id will tell).
-- Returns the ids in the page's order, and how many rows were new or changed.
with met as materialized (
    select distinct on (id) x.*, exists (select from tombstones) and exists (
               select from tombstones where hash = gitomatic_tombstone(id, (select key from tombstone_key))) as forgotten
      from rows from (jsonb_to_recordset($1) as (id bigint, login text, node_id text, type text, avatar_url text,
                                                 site_admin boolean)) with ordinality
           as x(id, login, node_id, type, avatar_url, site_admin, ord)
     where id > 0 and login is not null
     order by id, ord),
item as materialized (select * from met where not forgotten),
known as materialized (
    select i.id, i.login, i.type, d.login as old_login, d.type as old_type,
           d.github_id is null or d.synced_at is null or d.gone_at is not null as unsynced, d.gone_at
      from item i left join developers d on d.github_id = i.id),
renamed as (
    insert into developer_logins (github_id, login, seen_until)
    select id, old_login, now() from known where old_login <> login
    on conflict (github_id, login) do update set seen_until = excluded.seen_until),
up as (
    insert into developers (github_id, login, node_id, type, avatar_url, site_admin, first_seen_at)
    select id, login, node_id, type, avatar_url, site_admin, now() from item order by id
    on conflict (github_id) do update
       set login = excluded.login, type = coalesce(excluded.type, developers.type), gone_at = null, gone_reason = null,
           node_id = coalesce(developers.node_id, excluded.node_id)
     where developers.login <> excluded.login or developers.gone_at is not null
        or developers.type is distinct from coalesce(excluded.type, developers.type)
    returning github_id, xmax = 0 as fresh),
plan as (
    insert into frontier (github_id, next_at, reason)
    select id, now(), 'newly met' from known where old_login is null or gone_at is not null order by id
    on conflict (github_id) do update set next_at = now(), reason = 'came back'
     where exists (select from known k where k.id = frontier.github_id and k.gone_at is not null)),
displaced as (
    select d.github_id from item i join developers d on lower(d.login) = lower(i.login) and d.github_id <> i.id
     where d.gone_at is null),
queued as (
    insert into hydration_queue (kind, github_id, task_id, rest)
    select 1, id, $2, false from known where unsynced
    union select 1, github_id, $2, true from displaced order by 2
    on conflict (kind, github_id) do nothing)
select (select array_agg(case when forgotten then 0 else id end order by ord) from met), (select count(*) from up);

-- name: pages_repositories
-- params: page jsonb, task bigint, rehydrate boolean
-- A page of repositories in their list shape, or of {starred_at, repo}. Owners become stubs. rehydrate: also queue
-- synced ones whose updated_at moved. Returns ids in the page's order, how many rows were new or changed, and the times
-- of starring, in the same order.
with met as materialized (
    select distinct on (id) t.ord, t.e ->> 'starred_at' as starred_at, r.*, t.doc,
           exists (select from tombstones) and exists (
               select from tombstones where hash = gitomatic_tombstone((r.owner ->> 'id')::bigint, (select key from tombstone_key))) as forgotten
      from (select ord, e, (case when jsonb_typeof(e -> 'repo') = 'object' then e -> 'repo' else e end)
                           - '{permissions,temp_clone_token,starred_at}'::text[] as doc
              from jsonb_array_elements($1) with ordinality as a(e, ord)) t,
           lateral jsonb_to_record(t.doc) as r(
               id bigint, node_id text, name text, full_name text, owner jsonb, private boolean, description text,
               fork boolean, homepage text, language text, license jsonb, default_branch text, topics jsonb,
               visibility text, is_template boolean, has_downloads boolean, has_issues boolean, has_pages boolean,
               has_projects boolean, has_wiki boolean, has_discussions boolean, archived boolean, disabled boolean,
               size bigint, stargazers_count bigint, watchers_count bigint, forks_count bigint,
               open_issues_count bigint, created_at timestamptz, updated_at timestamptz, pushed_at timestamptz)
     where r.id > 0 and r.name is not null and r.full_name is not null
     order by id, ord),
item as materialized (select * from met where not forgotten),
owner as materialized (
    select distinct on (o.id) o.* from item, lateral jsonb_to_record(item.owner)
        as o(id bigint, login text, node_id text, type text, avatar_url text, site_admin boolean)
     where o.id > 0 and o.login is not null order by o.id),
owner_known as materialized (
    select o.*, d.login as old_login, d.gone_at,
           d.github_id is null or d.synced_at is null or d.gone_at is not null as unsynced
      from owner o left join developers d on d.github_id = o.id),
owner_renamed as (
    insert into developer_logins (github_id, login, seen_until)
    select id, old_login, now() from owner_known where old_login <> login
    on conflict (github_id, login) do update set seen_until = excluded.seen_until),
owner_up as (
    insert into developers (github_id, login, node_id, type, avatar_url, site_admin, first_seen_at)
    select id, login, node_id, type, avatar_url, site_admin, now() from owner order by id
    on conflict (github_id) do update
       set login = excluded.login, type = coalesce(excluded.type, developers.type), gone_at = null, gone_reason = null,
           node_id = coalesce(developers.node_id, excluded.node_id)
     where developers.login <> excluded.login or developers.gone_at is not null
        or developers.type is distinct from coalesce(excluded.type, developers.type)),
owner_plan as (
    insert into frontier (github_id, next_at, reason)
    select id, now(), 'newly met' from owner_known where old_login is null or gone_at is not null order by id
    on conflict (github_id) do update set next_at = now(), reason = 'came back'
     where exists (select from owner_known k where k.id = frontier.github_id and k.gone_at is not null)),
known as materialized (
    select i.id, i.full_name, r.full_name as old_name,
           r.github_id is null or r.synced_at is null or r.gone_at is not null
               or ($3 and r.updated_at is distinct from i.updated_at) as unsynced,
           coalesce(r.synced_at is not null and r.gone_at is null, false) as again
      from item i left join repositories r on r.github_id = i.id),
renamed as (
    insert into repository_names (github_id, full_name, seen_until)
    select id, old_name, now() from known where old_name <> full_name
    on conflict (github_id, full_name) do update set seen_until = excluded.seen_until),
up as (
    insert into repositories (github_id, node_id, owner_github_id, name, full_name, description, homepage, language,
        license, default_branch, topics, visibility, fork, is_template, has_downloads, has_issues, has_pages,
        has_projects, has_wiki, has_discussions, private, archived, disabled, size_kb, stargazers_count,
        watchers_count, forks_count, open_issues_count, created_at, updated_at, pushed_at, first_seen_at, data_source)
    select id, node_id, (owner ->> 'id')::bigint, name, full_name, description, homepage, language,
           license ->> 'spdx_id', default_branch,
           case when jsonb_typeof(topics) = 'array' then array(select jsonb_array_elements_text(topics)) end,
           visibility, fork, is_template, has_downloads, has_issues, has_pages, has_projects, has_wiki,
           has_discussions, private, archived, disabled, size, stargazers_count, watchers_count, forks_count,
           open_issues_count, created_at, updated_at, pushed_at, now(), doc
      from item order by id
    on conflict (github_id) do update
       set node_id = coalesce(repositories.node_id, excluded.node_id),
           owner_github_id = coalesce(excluded.owner_github_id, repositories.owner_github_id),
           name = excluded.name, full_name = excluded.full_name, description = excluded.description,
           homepage = excluded.homepage, language = excluded.language, license = excluded.license,
           default_branch = excluded.default_branch, topics = coalesce(excluded.topics, repositories.topics),
           visibility = coalesce(excluded.visibility, repositories.visibility), fork = excluded.fork,
           is_template = coalesce(excluded.is_template, repositories.is_template),
           has_downloads = coalesce(excluded.has_downloads, repositories.has_downloads),
           has_issues = excluded.has_issues, has_pages = coalesce(excluded.has_pages, repositories.has_pages),
           has_projects = excluded.has_projects, has_wiki = excluded.has_wiki,
           has_discussions = coalesce(excluded.has_discussions, repositories.has_discussions),
           private = excluded.private, archived = excluded.archived, disabled = excluded.disabled,
           size_kb = excluded.size_kb, stargazers_count = excluded.stargazers_count,
           watchers_count = excluded.watchers_count, forks_count = excluded.forks_count,
           open_issues_count = excluded.open_issues_count, created_at = excluded.created_at,
           updated_at = excluded.updated_at, pushed_at = excluded.pushed_at, gone_at = null, gone_reason = null,
           data_source = coalesce(repositories.data_source, '{}') || excluded.data_source
     where (repositories.data_source || excluded.data_source) is distinct from repositories.data_source
        or repositories.gone_at is not null
    returning github_id),
queued as (
    insert into hydration_queue (kind, github_id, task_id, again)
    select kind, id, $2, again from (
        select 1::smallint as kind, id, false as again from owner_known where unsynced
        union all select 2::smallint, id, again from known where unsynced) q order by 1, 2
    on conflict (kind, github_id) do nothing)
select (select array_agg(case when forgotten then 0 else id end order by ord) from met), (select count(*) from up),
       (select array_agg(coalesce((extract(epoch from starred_at::timestamptz) * 1000)::bigint, -1) order by ord)
          from met);

-- name: pages_follows_add
-- params: ids bigint[], subject bigint, followers boolean
-- followers: they follow the subject; else the subject follows them.
insert into follows (follower_github_id, followed_github_id, first_seen_at)
select case when $3 then id else $2 end, case when $3 then $2 else id end, now()
  from unnest($1) as id where id <> $2 and id > 0 order by 1, 2
on conflict do nothing;

-- name: pages_stars_add
-- params: developers bigint[], repositories bigint[], starred_ms bigint[]
-- starred_ms: -1 where GitHub did not say. A star given anew has a new time.
insert into stars (developer_github_id, repository_github_id, starred_at, first_seen_at)
select developer, repository, case when ms >= 0 then to_timestamp(ms / 1000.0) end, now()
  from unnest($1, $2, $3) as e(developer, repository, ms)
 where developer > 0 and repository > 0 order by 1, 2
on conflict (developer_github_id, repository_github_id) do update set starred_at = excluded.starred_at
 where excluded.starred_at is not null and stars.starred_at is distinct from excluded.starred_at;

-- name: pages_follows_missing
-- params: list text, subject bigint, followers boolean, started timestamptz
-- Edges the remembered pages do not have any more; edges first seen after the pass began are left for the next one.
select count(*) from follows
 where ($3 and followed_github_id = $2 or not $3 and follower_github_id = $2)
   and first_seen_at < $4
   and not (case when $3 then follower_github_id else followed_github_id end) in (
       select unnest(ids) from remembered_pages where list = $1 and subject = $2);

-- name: pages_followers_close
-- params: list text, subject bigint, started timestamptz
with present as materialized (
    select unnest(ids) as id from remembered_pages where list = $1 and subject = $2),
gone as (
    delete from follows where followed_github_id = $2 and first_seen_at < $3
       and follower_github_id not in (select id from present)
    returning *)
insert into follow_history (follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before)
select follower_github_id, followed_github_id, first_seen_at,
       gitomatic_follow_seen(follower_github_id, followed_github_id, first_seen_at), now() from gone
on conflict do nothing;

-- name: pages_following_close
-- params: list text, subject bigint, started timestamptz
with present as materialized (
    select unnest(ids) as id from remembered_pages where list = $1 and subject = $2),
gone as (
    delete from follows where follower_github_id = $2 and first_seen_at < $3
       and followed_github_id not in (select id from present)
    returning *)
insert into follow_history (follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before)
select follower_github_id, followed_github_id, first_seen_at,
       gitomatic_follow_seen(follower_github_id, followed_github_id, first_seen_at), now() from gone
on conflict do nothing;

-- name: pages_starred_missing
-- params: list text, subject bigint, started timestamptz
select count(*) from stars
 where developer_github_id = $2 and first_seen_at < $3
   and repository_github_id not in (select unnest(ids) from remembered_pages where list = $1 and subject = $2);

-- name: pages_starred_close
-- params: list text, subject bigint, started timestamptz
with present as materialized (
    select unnest(ids) as id from remembered_pages where list = $1 and subject = $2),
gone as (
    delete from stars where developer_github_id = $2 and first_seen_at < $3
       and repository_github_id not in (select id from present)
    returning *)
insert into star_history (developer_github_id, repository_github_id, starred_at, first_seen_at, gone_after, gone_before)
select developer_github_id, repository_github_id, starred_at, first_seen_at,
       gitomatic_star_seen(developer_github_id, first_seen_at), now() from gone
on conflict do nothing;

-- name: pages_repositories_missing
-- params: list text, subject bigint, task bigint
-- What the owner's list does not have any more was deleted, transferred or made private: its detail by id tells which.
insert into hydration_queue (kind, github_id, task_id, rest)
select 2, github_id, $3, true from repositories
 where owner_github_id = $2 and gone_at is null
   and github_id not in (select unnest(ids) from remembered_pages where list = $1 and subject = $2)
 order by github_id
on conflict (kind, github_id) do nothing;

-- name: pages_remember
-- params: list text, subject bigint, page integer, scope text, etag text, ids bigint[], next_url text
insert into remembered_pages (list, subject, page, scope, etag, ids, next_url, fetched_at)
values ($1, $2, $3, $4, $5, coalesce($6, '{}'), $7, now())
on conflict (list, subject, page) do update
   set scope = excluded.scope, etag = excluded.etag, ids = excluded.ids, next_url = excluded.next_url,
       fetched_at = excluded.fetched_at;

-- name: pages_recall
-- params: list text, subject bigint, page integer
select scope, etag, ids, next_url, fetched_at from remembered_pages where list = $1 and subject = $2 and page = $3;

-- name: pages_forget_after
-- params: list text, subject bigint, last_page integer
delete from remembered_pages where list = $1 and subject = $2 and page > $3;

-- name: pages_now
select now();

-- name: pages_pass_ended
-- params: list text, subject bigint, started timestamptz
-- Every edge we hold of this list from before the pass stood on it.
insert into list_passes (list, subject, seen_at) values ($1, $2, $3)
on conflict (list, subject) do update set seen_at = excluded.seen_at where list_passes.seen_at < excluded.seen_at;

-- name: pages_stargazers_split
-- params: page jsonb
-- A page of {starred_at, user} (user may be null) as a page of users and their times; a plain page of users as it is.
select coalesce(jsonb_agg(coalesce(e -> 'user', e) order by ord), '[]'),
       array_agg(coalesce((extract(epoch from (e ->> 'starred_at')::timestamptz) * 1000)::bigint, -1) order by ord)
  from jsonb_array_elements($1) with ordinality as a(e, ord)
 where jsonb_typeof(e) = 'object' and (not e ? 'user' or jsonb_typeof(e -> 'user') = 'object');
