-- Details: full records. A record's columns are a function of its data_source, and a new answer is laid over the old
-- one key by key, so a field that one source lacks (GraphQL has no has_pages) keeps the value from another.

-- define: public_part(id)
-- A record without the fields that GitHub shows only to the owner of the token.
@id@ - '{private_gists,total_private_repos,owned_private_repos,disk_usage,collaborators,two_factor_authentication,plan,business_plus,ldap_dn,permissions,temp_clone_token}'::text[];

-- name: details_developers
-- params: pages text[], tasks bigint[]
-- returns: p bigint, github_id bigint, login text, type text, followers bigint, following bigint, public_repos bigint
-- returns: changed boolean, turned boolean, back boolean
-- Arrays of user details, each for a task. Returns the page (from 1), github_id, login, type, three counts, whether the row changed, and whether an
-- organisation has a person's edges (details_turned_organization must follow then): a list may have had its type before. Last,
-- whether it had been gone (details_developer_back is to follow).
with item as materialized (
    select distinct on (id) p, ($2)[p] as task, e ->> 'login' as login, (e ->> 'id')::bigint as id,
           public_part(e) as doc
      from unnest($1) with ordinality as page(items, p), jsonb_array_elements(items::jsonb) as a(e)
     where jsonb_typeof(e) = 'object' and jsonb_typeof(e -> 'id') = 'number'
       and gitomatic_told_id(e) is not null and jsonb_typeof(e -> 'login') = 'string'
       and not is_forgotten((e ->> 'id')::bigint)
     order by id, p),
merged as materialized (
    select i.p, i.task, i.id, i.login, d.login as old_login, d.gone_at, d.synced_at,
           coalesce(i.doc -> '_weak', '{}') || coalesce(without_addresses(d.data_source), '{}') || (i.doc - '_weak') as doc
      from item i left join developers d on d.github_id = i.id),
record as materialized (
    select m.p, m.task, m.id as github_id, m.doc, m.old_login, m.gone_at, m.synced_at, r.*
      from merged m, lateral jsonb_to_record(m.doc) as r(
           node_id text, login text, type text, name text, company text, blog text, location text, email text,
           hireable boolean, bio text, twitter_username text, avatar_url text, site_admin boolean, followers bigint,
           following bigint, public_gists bigint, public_repos bigint, created_at timestamptz, updated_at timestamptz)),
renamed as (
    insert into developer_logins (github_id, login, seen_until)
    select github_id, old_login, now() from record where old_login <> login
    on conflict (github_id, login) do update set seen_until = excluded.seen_until),
up as (
    insert into developers (github_id, node_id, login, type, name, company, blog, location, email, hireable, bio,
        twitter_username, avatar_url, site_admin, followers_count, following_count, public_gists, public_repos,
        created_at, updated_at, first_seen_at, synced_at, data_source)
    select github_id, node_id, login, type, name, company, blog, location, email, hireable, bio, twitter_username,
           avatar_url, site_admin, followers, following, public_gists, public_repos, created_at, updated_at, now(),
           now(), doc
      from record order by github_id
    on conflict (github_id) do update
       set node_id = coalesce(excluded.node_id, developers.node_id), login = excluded.login, type = excluded.type, name = excluded.name,
           company = excluded.company, blog = excluded.blog, location = excluded.location, email = excluded.email,
           hireable = excluded.hireable, bio = excluded.bio, twitter_username = excluded.twitter_username,
           avatar_url = coalesce(excluded.avatar_url, developers.avatar_url),
           site_admin = coalesce(excluded.site_admin, developers.site_admin),
           followers_count = excluded.followers_count, following_count = excluded.following_count,
           public_gists = excluded.public_gists, public_repos = excluded.public_repos,
           created_at = excluded.created_at, updated_at = excluded.updated_at, synced_at = excluded.synced_at,
           gone_at = null, gone_reason = null, gone_looks = 0, data_source = excluded.data_source
     where without_addresses(developers.data_source) is distinct from excluded.data_source or developers.synced_at is null
        or developers.gone_at is not null or developers.login <> excluded.login
        or developers.type is distinct from excluded.type
    returning github_id),
plan as (
    -- New, back again, or with other counts than when the lists were read: discovery may pick the developer.
    insert into frontier (github_id, next_at, reason)
    select github_id, now(), 'newly met' from record order by github_id
    on conflict (github_id) do update
       set (next_at, reason, changes) = (
               select now(), case when r.gone_at is null then 'counts changed' else 'came back' end,
                      frontier.changes + (frontier.counts is not null and r.followers is not null and r.following is not null
                                          and frontier.counts is distinct from array[r.followers, r.following, r.public_repos])::integer
                 from record r where r.github_id = frontier.github_id)
     where frontier.next_at > now()
       and (select r.gone_at is not null
                   or frontier.counts is not null and r.followers is not null and r.following is not null
                   and frontier.counts is distinct from array[r.followers, r.following, r.public_repos]
              from record r where r.github_id = frontier.github_id)),
counted as (
    insert into developer_counts (github_id, day, followers_count, following_count, public_repos, public_gists)
    select github_id, (now() at time zone 'utc')::date, followers, following, public_repos, public_gists
      from record where (github_id in (select github_id from up)) is true -- written like this it is one lookup in a hash table
    on conflict (github_id, day) do update
       set followers_count = excluded.followers_count, following_count = excluded.following_count,
           public_repos = excluded.public_repos, public_gists = excluded.public_gists),
displaced as (
    -- Another developer who had this login. Not again if this one was requested by id for that reason and still has it: two
-- contradictory answers would cause each other's requests forever.
    insert into hydration_queue (kind, github_id, task_id, rest)
    select {developer}, d.github_id, r.task, true from record r
      join developers d on lower(d.login collate "C") = lower(r.login collate "C") and d.github_id <> r.github_id and d.gone_at is null
     where (r.old_login = r.login and r.synced_at is not null and r.gone_at is null
            and exists (select from hydration_queue q where q.kind = {developer} and q.github_id = r.github_id and q.rest offset 0)) is not true
     order by d.github_id
    on conflict (kind, github_id) do nothing)
select record.p, record.github_id, record.login, record.type, record.followers, record.following, record.public_repos,
       record.github_id in (select github_id from up) as changed,
       record.type = 'Organization' and record.old_login is not null
           and (exists (select from stars where developer_github_id = record.github_id offset 0)
                or exists (select from follows where follower_github_id = record.github_id offset 0)) as turned,
       record.gone_at is not null as back
  from record order by record.github_id;

-- name: details_turned_organization
-- params: github_id bigint
-- Organisations follow and star nothing: a user that became one has lost those edges. Their pages must not be confirmed by a
-- 304 if the account becomes a user again (see details_developer_gone).
with unstarred as (delete from stars where developer_github_id = $1 returning stars.*),
star_past as (
    insert into star_history (developer_github_id, repository_github_id, starred_at, first_seen_at, gone_after, gone_before)
    ended_stars(unstarred)
    on conflict do nothing),
unfollowed as (delete from follows where follower_github_id = $1 returning follows.*),
follow_past as (
    insert into follow_history (follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before)
    ended_follows(unfollowed)
    on conflict do nothing)
update remembered_pages set etag = null
  from (select 'developer_following' as list, $1 as subject
        union all select 'developer_starred', $1
        union all select 'developer_followers', followed_github_id from unfollowed) lost
 where remembered_pages.list = lost.list and remembered_pages.subject = lost.subject and etag is not null
   and (remembered_pages.subject = $1 or ids @> array[$1]);

-- name: details_repositories
-- params: items jsonb, task bigint
-- returns: github_id bigint, full_name text, id bigint, stargazers_count bigint, changed boolean, owner_page text, back boolean
-- Array of repository details (owner inside). Returns github_id, full_name, owner id, stargazers_count, whether the row
-- changed, a page of its owner for pages_owners, null where it has nothing to write, and whether it had been gone.
-- Repositories transferred to a forgotten owner count as gone; forks name their origin only if no person is forgotten.
-- An item of GraphQL (_weak) without an owner is skipped, unless the stored row has an owner with the login in full_name, as
-- nothing else shows that the owner is not forgotten. One of REST is skipped if its name may be a forgotten person's.
with met as materialized (
    select distinct on (id) (e ->> 'id')::bigint as id,
           case when e ?| '{permissions,temp_clone_token}' then e - '{permissions,temp_clone_token}'::text[] else e end as doc,
           is_forgotten(coalesce(e #>> '{owner,id}', e #>> '{_weak,owner,id}')::bigint) as forgotten,
           case when gitomatic_told_id(coalesce(e -> 'owner', e #> '{_weak,owner}')) is not null then true
                when not e ? '_weak' then is_named_as_known(e)
                else exists (select from repositories r join developers d on d.github_id = r.owner_github_id
                              where r.github_id = (e ->> 'id')::bigint and not is_forgotten(d.github_id)
                                and lower(d.login collate "C") = lower(split_part(e ->> 'full_name', '/', 1) collate "C") offset 0)
            end as proven
      from jsonb_array_elements($1) as a(e)
     where jsonb_typeof(e) = 'object' and jsonb_typeof(e -> 'id') = 'number'
       and gitomatic_told_id(e) is not null and jsonb_typeof(e -> 'name') = 'string'
       and jsonb_typeof(e -> 'full_name') = 'string'
     order by id),
item as materialized (select id, doc from met where proven and not forgotten),
lost as (
    update repositories set gone_at = now(), gone_reason = 'forgotten' from met
     where met.forgotten and github_id = met.id and repositories.gone_at is null),
lost_stars as (delete from stars using met where met.forgotten and repository_github_id = met.id),
merged as materialized (
    select i.id as github_id, old.full_name as old_name, old.synced_at is not null and old.gone_at is null as settled,
           old.gone_at is not null as back, coalesce(i.doc -> 'owner', i.doc #> '{_weak,owner}') as told_owner,
           i.doc -> 'owner' is null as weak,
           case when exists (select from tombstones) then gitomatic_parents_by_id(raw.doc) else raw.doc end as doc
      from item i left join repositories old on old.github_id = i.id,
           lateral (select coalesce(without_addresses(old.data_source), '{}') as doc offset 0) kept,
           lateral (select case when i.doc ? '_weak' then coalesce(i.doc -> '_weak', '{}') || kept.doc || (i.doc - '_weak')
                                else kept.doc || i.doc end as doc) raw),
record as materialized (
    select m.github_id, m.old_name, m.settled, m.back, m.told_owner, m.weak, m.doc, r.*
      from merged m,
           lateral jsonb_to_record(m.doc) as r(
               node_id text, name text, full_name text, owner jsonb, private boolean, description text,
               fork boolean, homepage text, language text, license jsonb, default_branch text, topics jsonb,
               visibility text, is_template boolean, has_downloads boolean, has_issues boolean, has_pages boolean,
               has_projects boolean, has_wiki boolean, has_discussions boolean, archived boolean, disabled boolean,
               size bigint, stargazers_count bigint, subscribers_count bigint, watchers_count bigint,
               forks_count bigint, open_issues_count bigint, created_at timestamptz, updated_at timestamptz,
               pushed_at timestamptz, parent jsonb)),
renamed as (
    insert into repository_names (github_id, full_name, seen_until)
    select github_id, old_name, now() from record where old_name <> full_name
    on conflict (github_id, full_name) do update set seen_until = excluded.seen_until),
displaced as (
    -- Another repository that had this name: its detail by id shows its new name. Not again, as with developers.
    insert into hydration_queue (kind, github_id, task_id, rest)
    select {repository}, o.github_id, $2, true from record r
      join repositories o on lower(o.full_name collate "C") = lower(r.full_name collate "C") and o.github_id <> r.github_id and o.gone_at is null
     where (r.old_name = r.full_name and r.settled
            and exists (select from hydration_queue q where q.kind = {repository} and q.github_id = r.github_id and q.rest offset 0)) is not true
     order by o.github_id
    on conflict (kind, github_id) do nothing),
up as (
    insert into repositories (github_id, node_id, owner_github_id, name, full_name, description, homepage, language,
        license, default_branch, topics, visibility, fork, is_template, parent_github_id, has_downloads, has_issues,
        has_pages, has_projects, has_wiki, has_discussions, private, archived, disabled, size_kb, stargazers_count,
        subscribers_count, watchers_count, forks_count, open_issues_count, created_at, updated_at, pushed_at,
        first_seen_at, synced_at, data_source)
    select github_id, node_id, gitomatic_told_id(case when owner ->> 'login' <> '' then owner end), name, full_name, description, homepage, language,
           license ->> 'spdx_id', default_branch,
           case when jsonb_typeof(topics) = 'array' then array(select jsonb_array_elements_text(topics)) end,
           visibility, fork, is_template, gitomatic_told_id(parent), has_downloads, has_issues, has_pages, has_projects,
           has_wiki, has_discussions, private, archived, disabled, size, stargazers_count, subscribers_count,
           watchers_count, forks_count, open_issues_count, created_at, updated_at, pushed_at, now(), now(), doc
      from record order by github_id
    on conflict (github_id) do update
       set node_id = coalesce(excluded.node_id, repositories.node_id),
           owner_github_id = coalesce(excluded.owner_github_id, repositories.owner_github_id), name = excluded.name,
           full_name = excluded.full_name, description = excluded.description, homepage = excluded.homepage,
           language = excluded.language, license = excluded.license, default_branch = excluded.default_branch,
           topics = excluded.topics, visibility = excluded.visibility, fork = excluded.fork,
           is_template = excluded.is_template, parent_github_id = excluded.parent_github_id,
           has_downloads = excluded.has_downloads, has_issues = excluded.has_issues, has_pages = excluded.has_pages,
           has_projects = excluded.has_projects, has_wiki = excluded.has_wiki,
           has_discussions = excluded.has_discussions, private = excluded.private, archived = excluded.archived,
           disabled = excluded.disabled, size_kb = excluded.size_kb, stargazers_count = excluded.stargazers_count,
           subscribers_count = excluded.subscribers_count, watchers_count = excluded.watchers_count,
           forks_count = excluded.forks_count, open_issues_count = excluded.open_issues_count,
           created_at = excluded.created_at, updated_at = excluded.updated_at, pushed_at = excluded.pushed_at,
           synced_at = excluded.synced_at, gone_at = null, gone_reason = null, gone_looks = 0, data_source = excluded.data_source
     where without_addresses(repositories.data_source) is distinct from excluded.data_source or repositories.synced_at is null
        or repositories.gone_at is not null
    returning github_id),
counted as (
    insert into repository_counts (github_id, day, stargazers_count, forks_count, subscribers_count, open_issues_count)
    select github_id, (now() at time zone 'utc')::date, stargazers_count, forks_count, subscribers_count,
           open_issues_count
      from record where (github_id in (select github_id from up)) is true
    on conflict (github_id, day) do update
       set stargazers_count = excluded.stargazers_count, forks_count = excluded.forks_count,
           subscribers_count = excluded.subscribers_count, open_issues_count = excluded.open_issues_count)
select record.github_id, record.full_name, o.id, record.stargazers_count,
       record.github_id in (select github_id from up) as changed,
       case when t.id between 1 and 4611686018427387903 and t.login <> '' and (
           d.github_id is null or d.gone_at is null and d.login <> t.login
           or case when d.gone_at is null then d.synced_at is null else gitomatic_look_due(d.gone_at, d.gone_looks) end
              and not exists (select from hydration_queue q where q.kind = {developer} and q.github_id = t.id offset 0))
           then jsonb_build_array(told_owner || jsonb_build_object('_weak', weak))::text end as owner_page, record.back
  from record left join lateral jsonb_to_record(case when jsonb_typeof(record.owner) = 'object' then record.owner end) as o(id bigint) on true
  left join lateral jsonb_to_record(case when jsonb_typeof(told_owner) = 'object' then told_owner end) as t(id bigint, login text) on true
  left join developers d on d.github_id = t.id
 order by record.github_id;

-- name: details_gone_lock
-- returns: pg_advisory_xact_lock void
-- Before a record is marked gone: wait for pages with edges that are being stored (pages_edges_lock).
select pg_advisory_xact_lock(gitomatic_lock(7719), 0);

-- part: mark_gone(records)
-- A stub is known only from a list, so its absence contradicts that list; so does each further check.
gone as (
    update @records@ set gone_at = now(), gone_reason = $2, gone_looks = (synced_at is null)::integer
     where github_id = $1 and gone_at is null returning github_id),
still as (
    update @records@ set gone_reason = $2, gone_looks =
           case when gitomatic_look_due(gone_at, gone_looks) then gitomatic_looks_after(gone_at, gone_looks) else gone_looks end
     where github_id = $1 and gone_at is not null),

-- name: details_developer_gone
-- params: github_id bigint, reason text
-- returns: n bigint
-- A gone developer's edges and repositories move to the history. Lists of others may still show them, unchanged
-- and therefore free: those edges wait (waiting_edges). Their own lists are read again if they come back.
with
mark_gone(developers)
plan as (update frontier set next_at = 'infinity', reason = 'gone' where github_id = $1),
followed as (
    delete from follows using gone
     where follower_github_id = gone.github_id or followed_github_id = gone.github_id returning follows.*),
follow_past as (
    insert into follow_history (follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before)
    ended_follows(followed)
    on conflict do nothing),
starred as (
    delete from stars using gone where developer_github_id = gone.github_id returning stars.*),
star_past as (
    insert into star_history (developer_github_id, repository_github_id, starred_at, first_seen_at, gone_after, gone_before)
    ended_stars(starred)
    on conflict do nothing),
shown as (
    select 'developer_followers' as list, followed_github_id as subject, null::timestamptz as starred_at
      from followed where follower_github_id = $1
    union all select 'developer_following', follower_github_id, null from followed where followed_github_id = $1
    union all select 'repository_stargazers', repository_github_id, starred_at from starred),
wait as (
    insert into waiting_edges (kind, github_id, list, subject, starred_at)
    select {developer}, $1, list, subject, starred_at from shown
     where exists (select from remembered_pages p where p.list = shown.list and p.subject = shown.subject and p.ids @> array[$1])
    on conflict do nothing),
unread as (
    update remembered_pages set etag = null from gone
     where list in ('developer_followers', 'developer_following', 'developer_starred', 'developer_repositories')
       and subject = gone.github_id and etag is not null)
select count(*) from gone;

-- name: details_developer_back
-- params: github_id bigint
-- Back again: a waiting edge holds again if the list still shows it and the other end exists.
with wait as (
    delete from waiting_edges where kind = {developer} and github_id = $1 returning list, subject, starred_at),
held as materialized (
    select wait.* from wait
     where exists (select from remembered_pages p where p.list = wait.list and p.subject = wait.subject and p.ids @> array[$1])),
follow as (
    insert into follows (follower_github_id, followed_github_id, first_seen_at)
    select a.github_id, b.github_id, now() from held
      join developers a on a.github_id = case list when 'developer_followers' then $1 else subject end
      join developers b on b.github_id = case list when 'developer_followers' then subject else $1 end
     where list in ('developer_followers', 'developer_following') and a.gone_at is null and b.gone_at is null
       and a.type is distinct from 'Organization' and a.github_id <> b.github_id
     order by 1, 2
    on conflict do nothing)
insert into stars (developer_github_id, repository_github_id, starred_at, first_seen_at)
select d.github_id, r.github_id, starred_at, now() from held
  join developers d on d.github_id = $1 join repositories r on r.github_id = subject
 where list = 'repository_stargazers' and r.gone_at is null and d.type is distinct from 'Organization'
 order by 2
on conflict do nothing;

-- name: details_follows_of_gone
-- returns: n bigint
-- Of all gone records, as an import may bring many at once. An edge seen after its end was gone ended at some time until now.
with side as materialized (
    select f.*, f.follower_github_id as gone, 'developer_followers' as list, f.followed_github_id as subject, d.gone_at
      from developers d join follows f on f.follower_github_id = d.github_id where d.gone_at is not null
    union all
    select f.*, f.followed_github_id, 'developer_following', f.follower_github_id, d.gone_at
      from developers d join follows f on f.followed_github_id = d.github_id where d.gone_at is not null),
ended as materialized (
    select follower_github_id, followed_github_id, min(gone_at) as gone_at from side group by 1, 2),
closed as (
    delete from follows f using ended e
     where f.follower_github_id = e.follower_github_id and f.followed_github_id = e.followed_github_id returning f.*, e.gone_at),
past as (
    insert into follow_history (follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before)
    select follower_github_id, followed_github_id, first_seen_at, seen, case when gone_at > seen then gone_at else now() end
      from closed, lateral (select gitomatic_follow_seen(follower_github_id, followed_github_id, first_seen_at) as seen) s
    on conflict do nothing),
wait as (
    insert into waiting_edges (kind, github_id, list, subject)
    select {developer}, gone, list, subject from side
     where exists (select from remembered_pages p where p.list = side.list and p.subject = side.subject and p.ids @> array[gone])
    on conflict do nothing),
unread as (
    update remembered_pages set etag = null
     where list in ('developer_followers', 'developer_following') and subject in (select gone from side) and etag is not null)
select count(*) from closed;

-- name: details_stars_of_gone
-- returns: n bigint
with side as materialized (
    select s.*, {developer}::smallint as kind, s.developer_github_id as gone, 'repository_stargazers' as list, s.repository_github_id as subject, d.gone_at
      from developers d join stars s on s.developer_github_id = d.github_id where d.gone_at is not null
    union all
    select s.*, {repository}, s.repository_github_id, 'developer_starred', s.developer_github_id, r.gone_at
      from repositories r join stars s on s.repository_github_id = r.github_id where r.gone_at is not null),
ended as materialized (
    select developer_github_id, repository_github_id, min(gone_at) as gone_at from side group by 1, 2),
closed as (
    delete from stars s using ended e
     where s.developer_github_id = e.developer_github_id and s.repository_github_id = e.repository_github_id returning s.*, e.gone_at),
past as (
    insert into star_history (developer_github_id, repository_github_id, starred_at, first_seen_at, gone_after, gone_before)
    select developer_github_id, repository_github_id, starred_at, first_seen_at, seen, case when gone_at > seen then gone_at else now() end
      from closed, lateral (select gitomatic_star_seen(developer_github_id, first_seen_at) as seen) s
    on conflict do nothing),
wait as (
    insert into waiting_edges (kind, github_id, list, subject, starred_at)
    select kind, gone, list, subject, starred_at from side
     where exists (select from remembered_pages p where p.list = side.list and p.subject = side.subject and p.ids @> array[gone])
    on conflict do nothing),
unread as (
    update remembered_pages p set etag = null
      from (select distinct kind, gone from side) lost
     where p.list = case kind when {developer} then 'developer_starred' else 'repository_stargazers' end and p.subject = gone and etag is not null)
select count(*) from closed;

-- name: details_plans_of_imported
-- Adds developers who came back with an import to the plan of discovery, and removes those who went.
update frontier f set next_at = case when d.gone_at is null then now() else 'infinity' end,
       reason = case when d.gone_at is null then 'came back' else 'gone' end
  from developers d
 where d.github_id = f.github_id
   and (d.gone_at is not null and f.next_at < 'infinity' or d.gone_at is null and f.next_at = 'infinity' and f.reason = 'gone');

-- name: details_turned_imported
-- returns: github_id bigint
-- Organisations that still follow or star.
select github_id from developers d
 where type = 'Organization' and (exists (select from stars where developer_github_id = d.github_id)
                                  or exists (select from follows where follower_github_id = d.github_id))
 order by github_id;

-- name: details_back_imported
-- returns: developer boolean, github_id bigint
-- Existing developers and repositories for which edges still wait.
select distinct kind = {developer}, github_id from waiting_edges w
 where case kind when {developer} then exists (select from developers d where d.github_id = w.github_id and d.gone_at is null)
                 else exists (select from repositories r where r.github_id = w.github_id and r.gone_at is null) end
 order by 1 desc, 2;

-- name: details_repository_gone
-- params: github_id bigint, reason text
-- returns: n bigint
-- The same for its stars.
with
mark_gone(repositories)
starred as (
    delete from stars using gone where repository_github_id = gone.github_id returning stars.*),
star_past as (
    insert into star_history (developer_github_id, repository_github_id, starred_at, first_seen_at, gone_after, gone_before)
    ended_stars(starred)
    on conflict do nothing),
wait as (
    insert into waiting_edges (kind, github_id, list, subject, starred_at)
    select {repository}, $1, 'developer_starred', developer_github_id, starred_at from starred
     where exists (select from remembered_pages p where p.list = 'developer_starred' and p.subject = developer_github_id
                      and p.ids @> array[$1])
    on conflict do nothing),
unread as (
    update remembered_pages set etag = null from gone
     where list = 'repository_stargazers' and subject = gone.github_id and etag is not null)
select count(*) from gone;

-- name: details_repository_back
-- params: github_id bigint
with wait as (
    delete from waiting_edges where kind = {repository} and github_id = $1 returning list, subject, starred_at)
insert into stars (developer_github_id, repository_github_id, starred_at, first_seen_at)
select subject, $1, wait.starred_at, now() from wait join developers d on d.github_id = subject
 where wait.list = 'developer_starred' and d.gone_at is null and d.type is distinct from 'Organization'
   and exists (select from remembered_pages p where p.list = wait.list and p.subject = wait.subject and p.ids @> array[$1])
 order by subject
on conflict do nothing;

-- name: details_repositories_of_gone
-- params: owner bigint, task bigint
-- Repositories of a vanished account are requested by id: most vanished with it, some had been transferred.
insert into hydration_queue (kind, github_id, task_id, rest)
select {repository}, github_id, $2, true from repositories where owner_github_id = $1 and gone_at is null order by github_id
on conflict (kind, github_id) do nothing;

-- name: details_find_logins
-- params: logins text[]
-- returns: ord bigint, github_id bigint, login text, type text, followers_count bigint, following_count bigint
-- returns: public_repos bigint, known boolean
-- Of each login (from 1), the developer that has it: present holders come first; a gone one may be requested again.
select ord, d.* from unnest($1) with ordinality as a(login, ord),
       lateral (select github_id, login, type, followers_count, following_count, public_repos, gone_at is not null
                  from developers d where lower(d.login collate "C") = lower(a.login collate "C")
                 order by gone_at nulls first, synced_at desc nulls last limit 1) d
 order by ord;

-- name: details_find_full_name
-- params: full_name text
-- returns: github_id bigint, full_name text, owner_github_id bigint, stargazers_count bigint, known boolean
select github_id, full_name, owner_github_id, stargazers_count, gone_at is not null
  from repositories where lower(full_name collate "C") = lower($1 collate "C") order by gone_at nulls first, synced_at desc nulls last limit 1;

-- name: details_edges_known
-- params: ids bigint[]
-- returns: followers boolean, following boolean, stars boolean, repositories boolean
-- Whether a list can have lost anything: followers, following, stars, repositories. A row each.
select exists (select from follows where followed_github_id = a.id offset 0),
       exists (select from follows where follower_github_id = a.id offset 0),
       exists (select from stars where developer_github_id = a.id offset 0),
       exists (select from repositories where owner_github_id = a.id and gone_at is null offset 0)
  from unnest($1) with ordinality as a(id, ord) order by ord;

-- name: details_queue
-- params: kind smallint, github_id bigint, task bigint
-- Queues a record to be requested by id.
insert into hydration_queue (kind, github_id, task_id, rest) values ($1, $2, $3, true)
on conflict (kind, github_id) do update set rest = true
 where hydration_queue.job_id is null and not hydration_queue.rest;

-- name: details_starred_repositories_of
-- params: owners bigint[]
-- returns: owner bigint, github_id bigint, full_name text, stargazers_count bigint
-- Developers' own repositories with at least one star, by developer in the order of the array. Each developer is looked up by index:
-- with old statistics of a small table, the planner might begin with all repositories.
select o.owner, r.github_id, r.full_name, r.stargazers_count
  from unnest($1) with ordinality as o(owner, ord),
       lateral (select github_id, full_name, stargazers_count from repositories
                 where owner_github_id = o.owner and gone_at is null and stargazers_count > 0 offset 0) r
 order by o.ord, r.stargazers_count desc, r.github_id;

-- name: details_star_days
-- params: github_id bigint, days bigint[], stars bigint[]
-- Days are numbers since 1970-01-01. Future days are skipped: a week is sent as a whole, with zeros for future days.
insert into repository_counts (github_id, day, stars_added)
select $1, date '1970-01-01' + day::integer, max(n)
  from unnest($2, $3) as d(day, n)
 where date '1970-01-01' + day::integer <= (now() at time zone 'utc')::date
   and exists (select from repositories where github_id = $1)
 group by day order by day
on conflict (github_id, day) do update set stars_added = excluded.stars_added
 where repository_counts.stars_added is distinct from excluded.stars_added;

-- name: details_star_days_empty
-- params: github_id bigint, days bigint[], first bigint, last bigint
-- Days in that span that are not on the page have no stars any more.
update repository_counts set stars_added = 0
 where github_id = $1 and stars_added > 0 and day between date '1970-01-01' + $3::integer and date '1970-01-01' + $4::integer
   and not (day - date '1970-01-01')::bigint = any ($2);

-- name: details_stars_added
-- params: github_id bigint
-- returns: n bigint
select coalesce(sum(stars_added), 0)::bigint from repository_counts where github_id = $1;
