-- migrate:up

-- What the API's lists need. Takes some minutes for a million developers and a million repositories: both tables are
-- written anew (search_text) and nobody can write to them meanwhile.

-- Substring search. Trusted: the owner of the database may create it. Left in place by the way down, as others may use it.
create extension if not exists pg_trgm;

-- Texts become keys of indexes, which take 2,700 bytes. GitHub's own fields end long before; what another server sends may
-- not. data_source keeps it whole. The conditions below are checked without a call.
create function gitomatic_cut_developer() returns trigger language plpgsql as $$
begin
    new.name := left(new.name, 600);
    new.location := left(new.location, 600);
    new.company := left(new.company, 600);
    new.email := left(new.email, 600);
    new.type := left(new.type, 600);
    return new;
end $$;
create function gitomatic_cut_repository() returns trigger language plpgsql as $$
begin
    new.homepage := left(new.homepage, 600);
    new.language := left(new.language, 600);
    new.license := left(new.license, 600);
    return new;
end $$;
update developers set name = left(name, 600), location = left(location, 600), company = left(company, 600),
       email = left(email, 600), type = left(type, 600)
 where length(name) > 600 or length(location) > 600 or length(company) > 600 or length(email) > 600 or length(type) > 600;
update repositories set homepage = left(homepage, 600), language = left(language, 600), license = left(license, 600)
 where length(homepage) > 600 or length(language) > 600 or length(license) > 600;
create trigger developers_cut before insert or update on developers for each row
    when (length(new.name) > 600 or length(new.location) > 600 or length(new.company) > 600
          or length(new.email) > 600 or length(new.type) > 600)
    execute function gitomatic_cut_developer();
create trigger repositories_cut before insert or update on repositories for each row
    when (length(new.homepage) > 600 or length(new.language) > 600 or length(new.license) > 600)
    execute function gitomatic_cut_repository();

-- What ?search= looks through, in lower case, a field a line so that no word spans two. Kept instead of computed: reading a
-- thousand rows of it costs half a millisecond, computing it three.
alter table developers add column search_text text generated always as (
    lower(login || E'\n' || coalesce(name, '') || E'\n' || coalesce(left(bio, 2000), '') || E'\n'
          || coalesce(company, '') || E'\n' || coalesce(location, ''))) stored;
alter table repositories add column search_text text generated always as (
    lower(full_name || E'\n' || coalesce(left(description, 2000), ''))) stored;

-- Each column that filters or orders: (column, newest first). Such an index answers "= value, newest first" and "in the
-- order of this column, either way" by reading just the page, and counts without a visit to the table. Text is compared
-- by code point ("C") whatever the database's locale, which also makes prefixes ranges.
create index developers_by_id on developers (github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_login on developers (login collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_name on developers (name collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_location on developers (location collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_company on developers (company collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_email on developers (email collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_type on developers (type collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_bio on developers (left(bio, 60) collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_followers_count on developers (followers_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_following_count on developers (following_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_public_gists on developers (public_gists, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_public_repos on developers (public_repos, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_by_updated_at on developers (updated_at, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
-- Parts of words (trigrams), and words too short for those.
create index developers_search on developers using gin (search_text gin_trgm_ops)
    where synced_at is not null and gone_at is null;
create index developers_words on developers using gin (to_tsvector('simple', search_text))
    where synced_at is not null and gone_at is null;

create index repositories_by_id on repositories (github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_owner on repositories (owner_github_id, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_name on repositories (name collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_full_name on repositories (full_name collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_description on repositories
    (left(description, 60) collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_homepage on repositories (homepage collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_language on repositories (language collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_license on repositories (license collate "C", created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_stargazers_count on repositories (stargazers_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_subscribers_count on repositories (subscribers_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_watchers_count on repositories (watchers_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_open_issues_count on repositories (open_issues_count, created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_by_updated_at on repositories (updated_at, created_at desc nulls last, github_id)
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
create index repositories_topics on repositories using gin (topics)
    where synced_at is not null and gone_at is null;
create index repositories_search on repositories using gin (search_text gin_trgm_ops)
    where synced_at is not null and gone_at is null;
create index repositories_words on repositories using gin (to_tsvector('simple', search_text))
    where synced_at is not null and gone_at is null;

-- Kept counts: how many listed records (synced, not gone) were created on a day, in a month, and at all. span: day, month,
-- all; starts: its first day, -infinity for `all` and where created_at is null.
create table list_counts (
    list   text not null,
    span   text not null,
    starts date not null,
    n      bigint not null,
    primary key (list, span, starts)
);
-- Changes not yet added to it, a row for each statement and day: writers only append, so they never wait for one another.
-- list_counts and list_deltas together are exact in every snapshot.
create table list_deltas (
    list text not null,
    day  date not null,
    n    bigint not null
) with (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

create function gitomatic_day(at timestamptz) returns date
    language sql immutable parallel safe
    as $$ select coalesce((at at time zone 'UTC')::date, '-infinity') $$;

create function gitomatic_count_insert() returns trigger language plpgsql as $$
begin
    insert into list_deltas (list, day, n)
    select tg_table_name, gitomatic_day(created_at), count(*) from new_rows
     where synced_at is not null and gone_at is null group by 2;
    return null;
end $$;
create function gitomatic_count_delete() returns trigger language plpgsql as $$
begin
    insert into list_deltas (list, day, n)
    select tg_table_name, gitomatic_day(created_at), -count(*) from old_rows
     where synced_at is not null and gone_at is null group by 2;
    return null;
end $$;
create function gitomatic_count_update() returns trigger language plpgsql as $$
begin
    insert into list_deltas (list, day, n)
    select tg_table_name, day, sum(n) from (
        select gitomatic_day(created_at) as day, 1 as n from new_rows where synced_at is not null and gone_at is null
        union all
        select gitomatic_day(created_at), -1 from old_rows where synced_at is not null and gone_at is null) as change
     group by day having sum(n) <> 0;
    return null;
end $$;
create function gitomatic_count_truncate() returns trigger language plpgsql as $$
begin
    delete from list_deltas where list = tg_table_name;
    delete from list_counts where list = tg_table_name;
    return null;
end $$;
create trigger developers_count_insert after insert on developers
    referencing new table as new_rows for each statement execute function gitomatic_count_insert();
create trigger developers_count_update after update on developers
    referencing old table as old_rows new table as new_rows for each statement execute function gitomatic_count_update();
create trigger developers_count_delete after delete on developers
    referencing old table as old_rows for each statement execute function gitomatic_count_delete();
create trigger developers_count_truncate after truncate on developers
    for each statement execute function gitomatic_count_truncate();
create trigger repositories_count_insert after insert on repositories
    referencing new table as new_rows for each statement execute function gitomatic_count_insert();
create trigger repositories_count_update after update on repositories
    referencing old table as old_rows new table as new_rows for each statement execute function gitomatic_count_update();
create trigger repositories_count_delete after delete on repositories
    referencing old table as old_rows for each statement execute function gitomatic_count_delete();
create trigger repositories_count_truncate after truncate on repositories
    for each statement execute function gitomatic_count_truncate();

insert into list_counts (list, span, starts, n)
select list, span, starts, sum(n) from (
    select 'developers' as list, gitomatic_day(created_at) as day, count(*) as n from developers
     where synced_at is not null and gone_at is null group by 2
    union all
    select 'repositories', gitomatic_day(created_at), count(*) from repositories
     where synced_at is not null and gone_at is null group by 2) as kept
 cross join lateral (values ('day', day), ('month', date_trunc('month', day)::date), ('all', '-infinity'::date))
       as part(span, starts)
 group by 1, 2, 3;

-- migrate:down

drop trigger developers_count_insert on developers;
drop trigger developers_count_update on developers;
drop trigger developers_count_delete on developers;
drop trigger developers_count_truncate on developers;
drop trigger repositories_count_insert on repositories;
drop trigger repositories_count_update on repositories;
drop trigger repositories_count_delete on repositories;
drop trigger repositories_count_truncate on repositories;
drop function gitomatic_count_insert();
drop function gitomatic_count_delete();
drop function gitomatic_count_update();
drop function gitomatic_count_truncate();
drop function gitomatic_day(timestamptz);
drop table list_counts, list_deltas;
drop index developers_by_id, developers_by_login, developers_by_name, developers_by_location, developers_by_company,
    developers_by_email, developers_by_type, developers_by_bio, developers_by_followers_count,
    developers_by_following_count, developers_by_public_gists, developers_by_public_repos, developers_by_updated_at,
    developers_search, developers_words;
drop index repositories_by_id, repositories_by_owner, repositories_by_name, repositories_by_full_name,
    repositories_by_description, repositories_by_homepage, repositories_by_language, repositories_by_license,
    repositories_by_stargazers_count, repositories_by_subscribers_count, repositories_by_watchers_count,
    repositories_by_open_issues_count, repositories_by_updated_at, repositories_by_has_downloads,
    repositories_by_has_issues, repositories_by_has_pages, repositories_by_has_projects, repositories_by_has_wiki,
    repositories_by_private, repositories_by_archived, repositories_by_disabled, repositories_by_fork,
    repositories_topics, repositories_search, repositories_words;
alter table repositories drop column search_text;
alter table developers drop column search_text;
drop trigger repositories_cut on repositories;
drop trigger developers_cut on developers;
drop function gitomatic_cut_repository();
drop function gitomatic_cut_developer();
