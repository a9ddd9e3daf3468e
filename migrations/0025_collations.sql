-- migrate:up

-- Letters without regard to their case, by one rule whatever the database's locale.
-- Logins, repositories' names and addresses are ASCII: lower(x collate "C"), which no upgrade of a collation changes.
-- Other texts: gitomatic_fold(), Unicode's root rule, with the final sigma as any sigma and the dotted capital I as an i. (In
-- Turkish, lower('I') is no i, and in C, lower() knows no letter beyond ASCII.)
-- Nobody can write to these tables meanwhile. For a million developers and two million repositories the indexes of names take
-- about ten seconds. In a database whose own lower() knows no Unicode, or has rules of its own, search_text is written anew,
-- and with it all of the two tables' indexes: six to eight minutes for as many. Elsewhere what is stored stays, and gitomatic_fold() is
-- the database's own lower().
do $$
declare
    root boolean := getdatabaseencoding() = 'UTF8' and exists (
        select from pg_collation where collname = 'und-x-icu' and collnamespace = 'pg_catalog'::regnamespace);
    agrees boolean := false;
    filled boolean := exists (select from developers) or exists (select from repositories);
begin
    if root then
        agrees := lower('I' || chr(321) || chr(196) || chr(1046) || chr(937)) = 'i' || chr(322) || chr(228) || chr(1078) || chr(969);
    end if;
    if not root or agrees and filled then
        create function gitomatic_fold(text) returns text language sql immutable parallel safe as 'select lower($1)';
        return;
    end if;
    execute format('create function gitomatic_fold(text) returns text language sql immutable parallel safe as %L',
                   'select replace(replace(lower($1 collate pg_catalog."und-x-icu"), ''' || chr(962) || ''', ''' || chr(963)
                   || '''), ''i' || chr(775) || ''', ''i'')');
    alter table developers drop column search_text;
    alter table developers add column search_text text generated always as (
        gitomatic_fold(login || E'\n' || coalesce(name, '') || E'\n' || coalesce(left(bio, 2000), '') || E'\n'
              || coalesce(company, '') || E'\n' || coalesce(location, ''))) stored;
    alter table repositories drop column search_text;
    alter table repositories add column search_text text generated always as (
        gitomatic_fold(full_name || E'\n' || coalesce(left(description, 2000), ''))) stored;
    create index developers_search on developers using gin (search_text gin_trgm_ops)
        where synced_at is not null and gone_at is null;
    create index developers_words on developers using gin (to_tsvector('simple', search_text))
        where synced_at is not null and gone_at is null;
    create index repositories_search on repositories using gin (search_text gin_trgm_ops)
        where synced_at is not null and gone_at is null;
    create index repositories_words on repositories using gin (to_tsvector('simple', search_text))
        where synced_at is not null and gone_at is null;
end $$;

drop index developers_login;
drop index repositories_full_name;
drop index developer_logins_login;
drop index repository_names_name;
drop index jobs_over_subject;
drop index mirror_pages_url;
create index developers_login on developers (lower(login collate "C"));
create index repositories_full_name on repositories (lower(full_name collate "C"));
create index developer_logins_login on developer_logins (lower(login collate "C"));
create index repository_names_name on repository_names (lower(full_name collate "C"));
create index jobs_over_subject on jobs (lower(subject collate "C"), id) where finished_at is not null;
create index mirror_pages_url on mirror_pages (lower(url collate "C") text_pattern_ops);

-- migrate:down

drop index mirror_pages_url;
drop index jobs_over_subject;
drop index repository_names_name;
drop index developer_logins_login;
drop index repositories_full_name;
drop index developers_login;
create index developers_login on developers (lower(login));
create index repositories_full_name on repositories (lower(full_name));
create index developer_logins_login on developer_logins (lower(login));
create index repository_names_name on repository_names (lower(full_name));
create index jobs_over_subject on jobs (lower(subject), id) where finished_at is not null;
create index mirror_pages_url on mirror_pages (lower(url) text_pattern_ops);
do $$
begin
    if exists (select from pg_attrdef where adrelid = 'developers'::regclass
                and pg_get_expr(adbin, adrelid) like '%gitomatic_fold%') then
        alter table developers drop column search_text;
        alter table developers add column search_text text generated always as (
            lower(login || E'\n' || coalesce(name, '') || E'\n' || coalesce(left(bio, 2000), '') || E'\n'
                  || coalesce(company, '') || E'\n' || coalesce(location, ''))) stored;
        alter table repositories drop column search_text;
        alter table repositories add column search_text text generated always as (
            lower(full_name || E'\n' || coalesce(left(description, 2000), ''))) stored;
        create index developers_search on developers using gin (search_text gin_trgm_ops)
            where synced_at is not null and gone_at is null;
        create index developers_words on developers using gin (to_tsvector('simple', search_text))
            where synced_at is not null and gone_at is null;
        create index repositories_search on repositories using gin (search_text gin_trgm_ops)
            where synced_at is not null and gone_at is null;
        create index repositories_words on repositories using gin (to_tsvector('simple', search_text))
            where synced_at is not null and gone_at is null;
    end if;
end $$;
drop function gitomatic_fold(text);
