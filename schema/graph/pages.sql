-- Pages of lists and details as GitHub sent them, turned into rows. A statement takes any number of pages, since most name two or
-- three records, for which a statement of its own would cost more than its rows: `pages` is an array of JSON texts, one a page
-- (`items`: one an item), and other arrays have an element for each, at the same position. Each text is parsed alone, so that no page
-- can pass for two. A value of the wrong type fails the statement; the caller then takes the pages one at a time, cleans that one item
-- by item (github/decode) and repeats. Every upsert writes only what differs, in the order of ids, so that two groups of pages that
-- name the same records wait for each other and never in a circle. Of two pages that name one record the first counts. Forgotten
-- people (erasure.sql) are omitted from everything; 0 replaces the id, so that a page keeps its length. While no one is forgotten, the
-- first `exists` shows it, once a statement. A known record without a name on its page keeps its edge; an unknown one is skipped.
-- 0 also replaces a new repository that may be a forgotten person's (is_named_as_known).

-- name: pages_users_look
-- params: pages bigint[], items text[], known bigint[], versions bigint[], developers bigint[], repositories bigint[]
-- params: persons bigint[]
-- returns: ids bigint[], differing bigint[], gone bigint[], organizations bigint[], subject_gone boolean, unreadable bigint
-- returns: same bigint[], same_ids bigint[], same_versions bigint[]
-- The items of pages of user summaries, each with its page, which is a list of a developer or a repository. known, versions: the row
-- and its version that the same text did not change; while the row has that version the item is not parsed (page_items.h). Returns a
-- row a page: the ids in its order; the positions (from 1) of the items about which pages_users has something to write; the ids of
-- those who are gone according to their details, which a list does not revive; those of organizations, which follow and star nothing;
-- whether the list's subject can have no edges: it was found gone since the page was requested, or (person 1) is an organization; how
-- many items have no id (all, if none can be stored: such a page is another kind's); and the positions, ids and row versions of the items
-- that were parsed and changed nothing. A version names a transaction: if that is this one, or a part of it (age <= 0), it may write the
-- row again under the same version.
with page as materialized (
    select p, developer, repository, person = 1 as person
      from unnest($5, $6, $7) with ordinality as a(developer, repository, person, p)),
item as materialized (
    select i.p, i.ord, s.github_id is not null as same, coalesce(s.github_id, x.id) as id, coalesce(s.login, x.login) as login, x.type
      from unnest($1, $2, $3, $4) with ordinality as i(p, doc, known, version, ord)
           left join developers s on s.github_id = i.known and s.xmin = i.version::integer
           left join lateral jsonb_to_record(case when s.github_id is null then i.doc::jsonb end) as x(id bigint, login text, type text) on true),
met as materialized (
    select distinct on (p, id) x.*, is_forgotten(id) as forgotten
      from item x
     where id between 1 and 4611686018427387903 and (login <> '' or exists (select from developers k where k.github_id = x.id offset 0))
     order by p, id, ord),
judged as materialized (
    select m.*, d.type as old_type, d.gone_at is not null as gone, d.synced_at is null as stub, d.xmin as version,
           (d.gone_at is null and d.login = m.login and d.type is not distinct from coalesce(m.type, d.type)) is true as agrees,
           (not forgotten and (
               d.github_id is null
               or d.gone_at is null and (d.login <> m.login or d.type is distinct from coalesce(m.type, d.type))
               or case when d.gone_at is null then d.synced_at is null else gitomatic_look_due(d.gone_at, d.gone_looks) end
                  and not exists (select from hydration_queue q where q.kind = {developer} and q.github_id = m.id offset 0)
               or d.gone_at is null and exists (select from developers o where lower(o.login collate "C") = lower(m.login collate "C")
                      and o.github_id <> m.id and o.gone_at is null offset 0))) is true as differs
      from met m left join developers d on d.github_id = m.id),
by_page as materialized (
    select p, array_agg(case when forgotten then 0 else id end order by ord) as ids,
           array_agg(ord order by ord) filter (where differs) as differing, array_agg(id) filter (where gone) as gone,
           array_agg(id) filter (where case when stub then coalesce(type, old_type) else old_type end = 'Organization') as organizations
      from judged group by p),
settled as materialized (
    select p, array_agg(ord order by ord) as ords, array_agg(id order by ord) as ids, array_agg(version::text::bigint order by ord) as versions
      from judged where agrees and not same and not differs and not forgotten and age(version) > 0 group by p),
unread as materialized (select p, count(*) as n from item where id is null or p not in (select p from met) group by p)
select by_page.ids, by_page.differing, by_page.gone, by_page.organizations,
       exists (select from developers where github_id = page.developer and (gone_at is not null or person and type = 'Organization') offset 0)
           or exists (select from repositories where github_id = page.repository and gone_at is not null offset 0),
       coalesce(unread.n, 0), settled.ords, settled.ids, settled.versions
  from page left join by_page using (p) left join settled using (p) left join unread using (p) order by p;

-- part: save_developers(type, displaces)
-- The CTE `known` holds developers as pages name them. type: of a known one; displaces: whether other holders of the login are queued.
renamed as (
    insert into developer_logins (github_id, login, seen_until)
    select id, old_login, now() from known where old_login <> login and not gone
    on conflict (github_id, login) do update set seen_until = excluded.seen_until),
up as (
    insert into developers (github_id, login, node_id, type, avatar_url, site_admin, first_seen_at)
    select id, login, node_id, type, avatar_url, site_admin, now() from known where differs order by id
    on conflict (github_id) do update
       set login = excluded.login, node_id = coalesce(developers.node_id, excluded.node_id), type = @type@
     where developers.gone_at is null and (developers.login <> excluded.login or developers.type is distinct from @type@)),
plan as (
    insert into frontier (github_id, next_at, reason)
    select id, now(), 'newly met' from known where old_login is null order by id
    on conflict (github_id) do nothing),
displaced as (
    select d.github_id, k.task from known k join developers d on lower(d.login collate "C") = lower(k.login collate "C") and d.github_id <> k.id
     where d.gone_at is null and not k.gone and @displaces@)
insert into hydration_queue (kind, github_id, task_id, rest)
select {developer}, id, task, turned or gone from known where unsynced or turned
union select {developer}, github_id, task, true from displaced order by 2
on conflict (kind, github_id) do nothing;

-- name: pages_users
-- params: pages text[], tasks bigint[]
-- New ones become stubs; names are updated; unsynced ones are queued for hydration, and so are former holders of these logins
-- under another id (renamed or gone: the detail by id decides) or has another type than in its detail (this ends edges).
-- Gone ones stay gone: a list does not revive them against their details, which are requested again, rarely.
with item as materialized (
    select distinct on (id) x.*, ($2)[p] as task
      from unnest($1) with ordinality as page(items, p),
           rows from (jsonb_to_recordset(items::jsonb) as (id bigint, login text, node_id text, type text, avatar_url text,
                                                           site_admin boolean)) with ordinality
           as x(id, login, node_id, type, avatar_url, site_admin, ord)
     where id between 1 and 4611686018427387903 and login <> '' and not is_forgotten(id)
     order by id, p, ord),
known as materialized (
    select i.*, d.login as old_login, d.gone_at is not null as gone,
           case when d.gone_at is null then d.synced_at is null else gitomatic_look_due(d.gone_at, d.gone_looks) end as unsynced,
           d.gone_at is null and (d.github_id is null or d.login <> i.login
               or d.synced_at is null and d.type is distinct from coalesce(i.type, d.type)) as differs,
           d.gone_at is null and d.synced_at is not null and d.type is distinct from coalesce(i.type, d.type) as turned
      from item i left join developers d on d.github_id = i.id),
save_developers(case when developers.synced_at is null then coalesce(excluded.type, developers.type) else developers.type end, true)

-- define: without_addresses(id)
-- A stored answer, without the addresses that earlier versions stored, too (stored_part.h). New answers are compared and merged with this
-- form, so that a record is written only if something else has changed, and then no address of a former name stays.
case when @id@ ?| '{repos_url,forks_url}' then gitomatic_without_addresses(@id@) else @id@ end;

-- name: pages_repositories
-- params: pages bigint[], items text[], starred text[], known bigint[], versions bigint[], owner_versions bigint[]
-- params: tasks bigint[], rehydrate bigint[], developers bigint[], persons bigint[]
-- returns: ids bigint[], times bigint[], owners text, gone bigint[], subject_gone boolean, unreadable bigint
-- returns: same bigint[], same_ids bigint[], same_versions bigint[], same_owner_versions bigint[], withheld boolean
-- The items of pages of repositories in their list shape, each with its page, read once for everything. A field that an item lacks
-- keeps its value from another answer. starred: the time, empty if there is none; null: the item is as on the page, perhaps
-- {starred_at, repo}. known, versions, owner_versions: as with pages_users_look, of the repository and its owner. rehydrate 1: also
-- queue synced ones whose updated_at moved. Returns a row a page: the ids in its order; the times of starring in the same order (not
-- words like 'yesterday', which PostgreSQL reads as times); a page of the owners for pages_owners, null where it has nothing to write;
-- then as pages_users_look does; last whether a repository is withheld until its owner is known.
with page as materialized (
    select p, developer, person = 1 as person from unnest($9, $10) with ordinality as a(developer, person, p)),
read as materialized (
    select i.p, i.ord, i.starred, s.github_id as same_id, s.owner_id as same_owner, s.owner_login as same_login,
           case when s.github_id is null then i.doc::jsonb end as e
      from unnest($1, $2, $3, $4, $5, $6) with ordinality as i(p, doc, starred, known, version, owner_version, ord)
           left join (select r.github_id, r.xmin as version, d.github_id as owner_id, d.login as owner_login, d.xmin as owner_version
                        from repositories r join developers d on d.github_id = r.owner_github_id) s
               on s.github_id = i.known and s.version = i.version::integer and s.owner_version = i.owner_version::integer),
parsed as materialized (
    select p, ord, same_id, same_owner, same_login,
           case when starred is null then e ->> 'starred_at' else nullif(starred, '') end as starred_at,
           case when starred is not null then e
                else (case when jsonb_typeof(e -> 'repo') = 'object' then e -> 'repo' else e end)
                     - '{permissions,temp_clone_token,starred_at}'::text[] end as doc
      from read),
item as materialized (
    select t.p, ($7)[t.p] as task, ($8)[t.p] = 1 as rehydrate, t.ord, t.starred_at, t.same_id is not null as same, coalesce(t.same_id, r.id) as id, r.name, r.full_name,
           r.owner, r.updated_at, coalesce(t.same_owner, o.id) as owner_id, coalesce(t.same_login, o.login) as owner_login, o.type as owner_type,
           case when exists (select from tombstones) and doc ?| '{parent,source,template_repository}'
                then gitomatic_parents_by_id(doc) else doc end as doc,
           (r.name <> '' and r.full_name <> '') is true as titled,
           (t.same_id is not null or r.name <> '' and r.full_name <> ''
               and (o.id between 1 and 4611686018427387903 or is_named_as_known(t.doc))) is true as named,
           is_forgotten(coalesce(t.same_owner, (r.owner ->> 'id')::bigint)) as forgotten
      from parsed t left join lateral jsonb_to_record(t.doc) as r(id bigint, name text, full_name text, owner jsonb, updated_at timestamptz) on true
           left join lateral jsonb_to_record(case when jsonb_typeof(r.owner) = 'object' then r.owner end)
               as o(id bigint, login text, type text) on true),
met as materialized (
    select * from (
        select distinct on (i.p, i.id) i.*, r.github_id is null as fresh, r.full_name as old_name, r.gone_at, r.gone_looks, r.synced_at,
               r.updated_at as old_updated_at, r.stargazers_count, r.forks_count, r.open_issues_count, r.data_source as old_doc,
               r.owner_github_id as old_owner, r.xmin as version
          from item i left join repositories r on r.github_id = i.id
         where i.id between 1 and 4611686018427387903 order by i.p, i.id, named desc, ord) once
     where titled or not fresh),
known as materialized (
    select x.*, not same and gone_at is null and (fresh or merged is distinct from kept) as changed
      from (select m.*, case when gone_at is not null or same then null when kept is null then doc else kept || doc end as merged,
                   case when gone_at is not null then gitomatic_look_due(gone_at, gone_looks)
                        else synced_at is null or rehydrate and old_updated_at is distinct from coalesce(updated_at, old_updated_at) end as unsynced
              from (select once.*, case when gone_at is null and not same then without_addresses(old_doc) end as kept
                      from (select distinct on (id) * from met where named and not forgotten order by id, rehydrate desc, p, ord) once offset 0) m offset 0) x),
record as materialized (
    select k.old_name, k.task, k.doc, k.synced_at, k.gone_at, (k.stargazers_count, k.forks_count, k.open_issues_count)
               is distinct from (m.stargazers_count, m.forks_count, m.open_issues_count) as counts_differ, m.*
      from known k, lateral jsonb_to_record(k.merged) as m(
               id bigint, node_id text, name text, full_name text, owner jsonb, private boolean, description text,
               fork boolean, homepage text, language text, license jsonb, default_branch text, topics jsonb,
               visibility text, is_template boolean, has_downloads boolean, has_issues boolean, has_pages boolean,
               has_projects boolean, has_wiki boolean, has_discussions boolean, archived boolean, disabled boolean,
               size bigint, stargazers_count bigint, subscribers_count bigint, watchers_count bigint, forks_count bigint,
               open_issues_count bigint, created_at timestamptz, updated_at timestamptz, pushed_at timestamptz)
     where k.changed),
renamed as (
    insert into repository_names (github_id, full_name, seen_until)
    select id, old_name, now() from record where old_name <> full_name
    on conflict (github_id, full_name) do update set seen_until = excluded.seen_until),
up as (
    insert into repositories (github_id, node_id, owner_github_id, name, full_name, description, homepage, language,
        license, default_branch, topics, visibility, fork, is_template, has_downloads, has_issues, has_pages,
        has_projects, has_wiki, has_discussions, private, archived, disabled, size_kb, stargazers_count,
        watchers_count, forks_count, open_issues_count, created_at, updated_at, pushed_at, first_seen_at, data_source)
    select id, node_id, gitomatic_told_id(case when owner ->> 'login' <> '' then owner end), name, full_name, description, homepage, language,
           license ->> 'spdx_id', default_branch,
           case when jsonb_typeof(topics) = 'array' then array(select jsonb_array_elements_text(topics)) end,
           visibility, fork, is_template, has_downloads, has_issues, has_pages, has_projects, has_wiki,
           has_discussions, private, archived, disabled, size, stargazers_count, watchers_count, forks_count,
           open_issues_count, created_at, updated_at, pushed_at, now(), doc
      from record order by id
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
           updated_at = excluded.updated_at, pushed_at = excluded.pushed_at,
           data_source = coalesce(without_addresses(repositories.data_source), '{}') || excluded.data_source
     where repositories.gone_at is null
       and (repositories.data_source is null or not repositories.data_source @> excluded.data_source
            or (repositories.data_source || excluded.data_source) is distinct from repositories.data_source)),
counted as (
    -- So that a detail with the same values finds nothing changed.
    insert into repository_counts (github_id, day, stargazers_count, forks_count, subscribers_count, open_issues_count)
    select id, (now() at time zone 'utc')::date, stargazers_count, forks_count, subscribers_count, open_issues_count
      from record where synced_at is not null and gone_at is null and counts_differ order by id
    on conflict (github_id, day) do update
       set stargazers_count = excluded.stargazers_count, forks_count = excluded.forks_count,
           subscribers_count = excluded.subscribers_count, open_issues_count = excluded.open_issues_count),
queued as (
    insert into hydration_queue (kind, github_id, task_id, rest)
    select {repository}, id, task, gone_at is not null from known where unsynced
    union select {repository}, o.github_id, r.task, true
      from record r join repositories o on lower(o.full_name collate "C") = lower(r.full_name collate "C") and o.github_id <> r.id
     where o.gone_at is null and r.old_name <> r.full_name order by 2
    on conflict (kind, github_id) do nothing),
shown as materialized (
    select m.p, array_agg(case when forgotten or fresh and not named then 0 else m.id end order by ord) as ids,
           bool_or(fresh and not named) as withheld,
           array_agg(coalesce(floor(extract(epoch from case when ascii(starred_at) < 58 then starred_at::timestamptz end) * 1000)::bigint, -1)
                     order by ord) as times,
           jsonb_agg(coalesce(owner, old_doc -> 'owner')) filter (where not forgotten and owner_id between 1 and 4611686018427387903 and owner_login <> '' and (
               d.github_id is null
               or d.gone_at is null and (d.login <> owner_login or d.type is distinct from coalesce(owner_type, d.type))
               or case when d.gone_at is null then d.synced_at is null else gitomatic_look_due(d.gone_at, d.gone_looks) end
                  and not exists (select from hydration_queue q where q.kind = {developer} and q.github_id = owner_id offset 0)))::text as owners,
           array_agg(m.id) filter (where m.gone_at is not null) as gone
      from met m left join developers d on d.github_id = m.owner_id group by m.p),
settled as materialized (
    select k.p, array_agg(k.ord) as ords, array_agg(k.id) as ids, array_agg(k.version::text::bigint) as versions,
           array_agg(o.xmin::text::bigint) as owner_versions
      from known k join developers o on o.github_id = k.old_owner
     where not k.same and not k.changed and k.gone_at is null and k.owner_id = k.old_owner and age(k.version) > 0 and age(o.xmin) > 0
       and o.gone_at is null and o.login = k.owner_login and o.type is not distinct from coalesce(k.owner_type, o.type) group by k.p),
unread as materialized (select p, count(*) as n from item where id is null or p not in (select p from met) group by p)
select shown.ids, shown.times, shown.owners, shown.gone,
       exists (select from developers where github_id = page.developer and (gone_at is not null or person and type = 'Organization') offset 0),
       coalesce(unread.n, 0), settled.ords, settled.ids, settled.versions, settled.owner_versions, coalesce(shown.withheld, false)
  from page left join shown using (p) left join settled using (p) left join unread using (p) order by p;

-- name: pages_owners
-- params: pages text[], tasks bigint[]
-- The owners of pages' repositories, or of details: new ones become stubs, names follow, unsynced ones queue, and so do
-- former holders of a login that is new here. GraphQL has fewer types than REST, so its type (_weak) is used only where there is none.
with owner as materialized (
    select distinct on (o.id) o.*, coalesce(o._weak, false) as weak, ($2)[p] as task
      from unnest($1) with ordinality as page(items, p),
           rows from (jsonb_to_recordset(items::jsonb) as (id bigint, login text, node_id text, type text, avatar_url text,
                                                           site_admin boolean, _weak boolean)) with ordinality
           as o(id, login, node_id, type, avatar_url, site_admin, _weak, ord)
     where o.id between 1 and 4611686018427387903 and o.login <> '' and not is_forgotten(o.id)
     order by o.id, p, o.ord),
known as materialized (
    select o.id, o.task, o.login, o.node_id, o.avatar_url, o.site_admin, d.login as old_login, d.gone_at is not null as gone,
           coalesce(case when weak then d.type end, o.type, d.type) as type,
           case when d.gone_at is null then d.synced_at is null else gitomatic_look_due(d.gone_at, d.gone_looks) end as unsynced,
           d.gone_at is null and (d.github_id is null or d.login <> o.login
               or d.type is distinct from coalesce(case when weak then d.type end, o.type, d.type)) as differs,
           (d.gone_at is null and d.type = 'User' and not weak and o.type = 'Organization') is true as turned
      from owner o left join developers d on d.github_id = o.id),
save_developers(coalesce(excluded.type, developers.type), k.old_login is distinct from k.login)

-- name: pages_follows_add
-- params: followers bigint[], followed bigint[]
insert into follows (follower_github_id, followed_github_id, first_seen_at)
select follower, followed, now() from unnest($1, $2) as e(follower, followed)
 where follower <> followed and follower > 0 and followed > 0 order by 1, 2
on conflict do nothing;

-- name: pages_stars_add
-- params: developers bigint[], repositories bigint[], starred_ms bigint[]
-- starred_ms: -1: unknown. A star given again has a new time: a trigger moves the previous one to the history.
insert into stars (developer_github_id, repository_github_id, starred_at, first_seen_at)
select distinct on (developer, repository) developer, repository, case when ms >= 0 then to_timestamp(ms / 1000.0) end, now()
  from unnest($1, $2, $3) as e(developer, repository, ms)
 where developer > 0 and repository > 0 order by developer, repository, ms desc
on conflict (developer_github_id, repository_github_id) do update
   set starred_at = excluded.starred_at,
       first_seen_at = case when stars.starred_at is null then stars.first_seen_at else excluded.first_seen_at end
 where excluded.starred_at is not null and stars.starred_at is distinct from excluded.starred_at;

-- name: pages_edges_wait
-- params: kind smallint, ids bigint[], list text, subject bigint, starred_ms bigint[]
-- Edges of records that are gone. starred_ms: null, or -1: unknown.
insert into waiting_edges (kind, github_id, list, subject, starred_at)
select $1, id, $3, $4, case when ms >= 0 then to_timestamp(ms / 1000.0) end
  from unnest($2, $5) as e(id, ms) where id > 0 order by id
on conflict (kind, github_id, list, subject) do update set starred_at = excluded.starred_at
 where excluded.starred_at is distinct from waiting_edges.starred_at and excluded.starred_at is not null;

-- name: pages_edges_lock
-- returns: pg_advisory_xact_lock_shared void
-- Before edges are added. A statement that marks a developer gone holds the same lock exclusively (details_gone_lock): otherwise a
-- page stored meanwhile could add edges that it does not see.
select pg_advisory_xact_lock_shared(gitomatic_lock(7719), 0);

-- name: pages_missing
-- params: lists text[], subjects bigint[], started_ms bigint[]
-- returns: n bigint
-- For each list the number of edges that are on no remembered page any more; edges first seen after the pass began are left for the
-- next one. `except`, since both sides may be long: it sorts or hashes, whatever the planner expects.
with pass as materialized (
    select list, subject, to_timestamp(ms / 1000.0) as started, p::integer
      from unnest($1, $2, $3) with ordinality as a(list, subject, ms, p)),
missing as (
    (select p, follower_github_id as id from pass join follows on followed_github_id = subject
      where list = 'developer_followers' and first_seen_at < started
     union all
     select p, followed_github_id from pass join follows on follower_github_id = subject
      where list = 'developer_following' and first_seen_at < started
     union all
     select p, repository_github_id from pass join stars on developer_github_id = subject
      where list = 'developer_starred' and first_seen_at < started)
    except
    select p, unnest(ids) from pass join remembered_pages using (list, subject))
select (select count(*) from missing where missing.p = pass.p) from pass order by p;

-- define: ended_follows(id)
-- Rows for follow_history, of deleted follows: id is the CTE that returned them.
select follower_github_id, followed_github_id, first_seen_at,
       gitomatic_follow_seen(follower_github_id, followed_github_id, first_seen_at), now() from @id@;

-- define: ended_stars(id)
-- The same for star_history, of deleted stars.
select developer_github_id, repository_github_id, starred_at, first_seen_at,
       gitomatic_star_seen(developer_github_id, first_seen_at), now() from @id@;

-- part: close_follows(subject, other, other_list)
-- The edge is probably on the other end's list as well. If it begins again, that list may be unchanged (304), and the edge would be
-- missed, so its page is read again. A page that is being written now is left alone.
with present as materialized (
    select unnest(ids) as id from remembered_pages where list = $1 and subject = $2),
gone as (
    delete from follows where @subject@ = $2 and first_seen_at < $3
       and @other@ not in (select id from present)
    returning *),
other as materialized (
    select p.list, p.subject, p.page from gone join remembered_pages p
        on p.list = '@other_list@' and p.subject = gone.@other@ and p.ids @> array[$2] and p.etag is not null
       for update of p skip locked),
unread as (
    update remembered_pages p set etag = null from other o
     where p.list = o.list and p.subject = o.subject and p.page = o.page)
insert into follow_history (follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before)
ended_follows(gone)
on conflict do nothing;

-- name: pages_followers_close
-- params: list text, subject bigint, started timestamptz
close_follows(followed_github_id, follower_github_id, developer_following)

-- name: pages_following_close
-- params: list text, subject bigint, started timestamptz
close_follows(follower_github_id, followed_github_id, developer_followers)

-- name: pages_starred_close
-- params: list text, subject bigint, started timestamptz
with present as materialized (
    select unnest(ids) as id from remembered_pages where list = $1 and subject = $2),
gone as (
    delete from stars where developer_github_id = $2 and first_seen_at < $3
       and repository_github_id not in (select id from present)
    returning *)
insert into star_history (developer_github_id, repository_github_id, starred_at, first_seen_at, gone_after, gone_before)
ended_stars(gone)
on conflict do nothing;

-- name: pages_repositories_missing
-- params: subjects bigint[], tasks bigint[]
-- Repositories that left the owner's list were deleted, transferred or made private: the detail by id shows which.
insert into hydration_queue (kind, github_id, task_id, rest)
select {repository}, id, task, true
  from unnest($1, $2) as pass(subject, task),
       lateral (select r.github_id as id from repositories r where r.owner_github_id = subject and r.gone_at is null
                except
                select unnest(m.ids) from remembered_pages m where m.list = 'developer_repositories' and m.subject = pass.subject) missing
 order by id
on conflict (kind, github_id) do nothing;

-- name: pages_remember
-- params: lists text[], subjects bigint[], pages bigint[], scopes text[], etags text[], ids bigint[], ends bigint[], next_urls text[]
-- ids: those of all pages in sequence; ends: where those of each page end.
insert into remembered_pages (list, subject, page, scope, etag, ids, next_url, fetched_at)
select list, subject, page::integer, scope, etag, coalesce(($6)[coalesce(lag(till) over (order by ord), 0) + 1:till], '{}'), next_url, now()
  from unnest($1, $2, $3, $4, $5, $7, $8) with ordinality as m(list, subject, page, scope, etag, till, next_url, ord)
 order by list, subject, page
on conflict (list, subject, page) do update
   set scope = excluded.scope, etag = excluded.etag, ids = excluded.ids, next_url = excluded.next_url,
       fetched_at = excluded.fetched_at;

-- name: pages_unchanged
-- params: list text, subject bigint, page integer, scope text, etag text, next_url text
-- An unchanged page; only the next one may differ. Its ids and its etag, if it may keep one, are the present ones: since the request,
-- a person on it may have been forgotten, or restored.
update remembered_pages set scope = $4, etag = case when $5 is not null then etag end, next_url = $6, fetched_at = now()
 where list = $1 and subject = $2 and page = $3;

-- name: pages_recall
-- params: lists text[], subjects bigint[], pages bigint[]
-- returns: now timestamptz, scope text, etag text, ids bigint[], next_url text, fetched_at timestamptz, subject_name text
-- A row for each: the present time, the remembered page, if any, and for the first page of a list the present name of its subject.
select now(), scope, etag, ids, next_url, fetched_at,
       case when a.page = 1 and a.list like 'developer%' then (select login from developers where github_id = a.subject)
            when a.page = 1 then (select full_name from repositories where github_id = a.subject) end
  from unnest($1, $2, $3) with ordinality as a(list, subject, page, ord)
  left join remembered_pages m on m.list = a.list and m.subject = a.subject and m.page = a.page
 order by ord;

-- name: pages_forget_after
-- params: lists text[], subjects bigint[], last_pages bigint[]
delete from remembered_pages m using unnest($1, $2, $3) as a(list, subject, last_page)
 where m.list = a.list and m.subject = a.subject and m.page > a.last_page;

-- name: pages_pass_ended
-- params: lists text[], subjects bigint[], started_ms bigint[]
-- The pass found every edge of this list that was stored before it.
insert into list_passes (list, subject, seen_at)
select list, subject, to_timestamp(ms / 1000.0) from unnest($1, $2, $3) as a(list, subject, ms) order by list, subject
on conflict (list, subject) do update set seen_at = excluded.seen_at where list_passes.seen_at < excluded.seen_at;

-- name: pages_stargazers_split
-- params: pages text[]
-- returns: page jsonb, times bigint[]
-- Pages of {starred_at, user} (user may be null) as pages of users, and their times in the order in which pages_users_look returns
-- the ids; plain pages of users unchanged. A row a page.
with item as materialized (
    select p, coalesce(e -> 'user', e) as doc, e ->> 'starred_at' as starred_at, ord
      from unnest($1) with ordinality as page(items, p), jsonb_array_elements(items::jsonb) with ordinality as a(e, ord)
     where jsonb_typeof(e) = 'object' and (not e ? 'user' or jsonb_typeof(e -> 'user') = 'object')),
met as materialized (
    select distinct on (p, id) p, ord, starred_at
      from item, lateral jsonb_to_record(doc) as u(id bigint, login text)
     where id between 1 and 4611686018427387903 and (login <> '' or exists (select from developers k where k.github_id = u.id offset 0))
     order by p, id, ord)
select (select coalesce(jsonb_agg(doc order by ord), '[]') from item where item.p = page.p),
       (select array_agg(coalesce(floor(extract(epoch from case when ascii(starred_at) < 58 then starred_at::timestamptz end) * 1000)::bigint, -1)
                         order by ord) from met where met.p = page.p)
  from unnest($1) with ordinality as page(items, p) order by p;
