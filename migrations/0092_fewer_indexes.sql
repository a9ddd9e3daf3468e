-- migrate:up

-- An index for each column that filters or orders made a synced repository write thirty of them. The lists' main indexes, newest first,
-- now also hold the numbers and flags that few lists are filtered or ordered by: such a list is read from the index alone. Some
-- seconds for a million of each, during which the two tables cannot be written to; the old indexes go last, so that lists are read
-- until then, and only that moment waits for those that read. One that also waits to write makes that a deadlock, after which
-- nothing has changed: writers are stopped before (docs/operations.md). docs/decisions/indexes.md has the figures; `gitomatic tune` makes
-- those indexes again that a larger database may want (docs/operations.md).
create index developers_newest_new on developers (created_at desc nulls last, github_id)
    include (updated_at, following_count, public_gists, type)
    where synced_at is not null and gone_at is null;
create index repositories_newest_new on repositories (created_at desc nulls last, github_id)
    include (updated_at, subscribers_count, watchers_count, has_downloads, has_issues, has_pages, has_projects, has_wiki, private,
             archived, disabled, fork)
    where synced_at is not null and gone_at is null;
-- Values so rare that a page of them is far away in the main index.
create index developers_by_type_new on developers (type collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null and type <> 'User';
create index repositories_rare on repositories (created_at desc nulls last, github_id) include (private, disabled)
    where synced_at is not null and gone_at is null and (private or disabled);
create index repositories_unusual on repositories (created_at desc nulls last, github_id) include (archived, has_downloads)
    where synced_at is not null and gone_at is null and (archived or not has_downloads);

drop index developers_newest, repositories_newest, developers_by_type;
-- Served by the main index, or by the primary key and the index of owners, which hold all records.
drop index developers_by_id, repositories_by_id, repositories_by_owner,
     repositories_by_has_downloads, repositories_by_has_issues, repositories_by_has_pages, repositories_by_has_projects,
     repositories_by_has_wiki, repositories_by_private, repositories_by_archived, repositories_by_disabled, repositories_by_fork;
-- Those that can be made again.
drop index developers_by_bio, developers_by_following_count, developers_by_public_gists, repositories_by_description,
     repositories_by_subscribers_count, repositories_by_watchers_count;
alter index developers_newest_new rename to developers_newest;
alter index repositories_newest_new rename to repositories_newest;
alter index developers_by_type_new rename to developers_by_type;

-- migrate:down

-- Meanwhile the two tables cannot be read, either.
drop index developers_newest, repositories_newest, developers_by_type, repositories_rare, repositories_unusual;
drop index if exists developers_by_bio, developers_by_following_count, developers_by_public_gists, repositories_by_description,
     repositories_by_subscribers_count, repositories_by_watchers_count;
create index developers_newest on developers (created_at desc nulls last, github_id) include (updated_at)
    where synced_at is not null and gone_at is null;
create index repositories_newest on repositories (created_at desc nulls last, github_id) include (updated_at)
    where synced_at is not null and gone_at is null;
create index developers_by_id on developers (github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_type on developers (type collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_bio on developers (left(bio, 60) collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_following_count on developers (following_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_public_gists on developers (public_gists, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_id on repositories (github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_owner on repositories (owner_github_id, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_description on repositories
    (left(description, 60) collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_subscribers_count on repositories (subscribers_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_watchers_count on repositories (watchers_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_has_downloads on repositories (has_downloads, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_has_issues on repositories (has_issues, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_has_pages on repositories (has_pages, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_has_projects on repositories (has_projects, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_has_wiki on repositories (has_wiki, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_private on repositories (private, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_archived on repositories (archived, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_disabled on repositories (disabled, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_fork on repositories (fork, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
