-- migrate:up

-- A topic of more than about 2.7 kB after compression (GinMaxItemSize) fits into no GIN index, so that its repository could not be saved. GitHub's have 50 characters and a repository
-- 20 of them; what another server or a file holds may not. Cut like the other texts that become keys; data_source keeps them whole. The
-- condition is checked without a call, and no such topic is stored yet. Writers of repositories are kept out for a moment.
create or replace function gitomatic_cut_repository() returns trigger language plpgsql as $$
begin
    new.homepage := left(new.homepage, 600);
    new.language := left(new.language, 600);
    new.license := left(new.license, 600);
    if pg_column_size(new.topics) > 2000 then
        new.topics := array(select left(topic, 600) from unnest(new.topics) with ordinality as t(topic, place) order by place);
    end if;
    return new;
end $$;
create or replace trigger repositories_cut before insert or update on repositories for each row
    when (length(new.homepage) > 600 or length(new.language) > 600 or length(new.license) > 600 or pg_column_size(new.topics) > 2000)
    execute function gitomatic_cut_repository();

-- migrate:down

create or replace trigger repositories_cut before insert or update on repositories for each row
    when (length(new.homepage) > 600 or length(new.language) > 600 or length(new.license) > 600)
    execute function gitomatic_cut_repository();
create or replace function gitomatic_cut_repository() returns trigger language plpgsql as $$
begin
    new.homepage := left(new.homepage, 600);
    new.language := left(new.language, 600);
    new.license := left(new.license, 600);
    return new;
end $$;
