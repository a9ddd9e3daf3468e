-- migrate:up

-- Texts are compared as Unicode's composed form (NFC) and kept as GitHub sent them. These are the few listed records whose texts
-- are in another form, for queries to look at them apart. Takes seconds for a million records; nobody can write to the tables
-- meanwhile. Only databases in UTF8 know about Unicode: elsewhere every text counts as composed.
do $$
begin
    if getdatabaseencoding() = 'UTF8' then
        create function gitomatic_is_composed(text) returns boolean language sql immutable strict parallel safe
            as 'select $1 is nfc normalized';
    else
        create function gitomatic_is_composed(text) returns boolean language sql immutable strict parallel safe
            as 'select true';
    end if;
end $$;
create index developers_not_composed on developers (github_id)
    where synced_at is not null and gone_at is null and not gitomatic_is_composed(
        login || E'\n' || coalesce(name, '') || E'\n' || coalesce(company, '') || E'\n' || coalesce(location, '') || E'\n'
        || coalesce(email, '') || E'\n' || coalesce(left(bio, 2000), ''));
create index repositories_not_composed on repositories (github_id)
    where synced_at is not null and gone_at is null and not gitomatic_is_composed(
        full_name || E'\n' || coalesce(homepage, '') || E'\n' || coalesce(language, '') || E'\n' || coalesce(license, '') || E'\n'
        || coalesce(left(description, 2000), ''));

-- migrate:down

drop index repositories_not_composed, developers_not_composed;
drop function gitomatic_is_composed(text);
