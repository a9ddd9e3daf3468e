-- migrate:up

-- Full text search takes "golang/go" for the path of a file and "vue.js" for a host, each one word, so that a search for "go" or "js" did not
-- find them. A slash and a dot end a word now. Some fifteen seconds for a million of each, during which the two tables cannot be
-- written to; the old indexes go last.
create or replace function gitomatic_short_words(text) returns tsvector language plpgsql immutable strict parallel safe as $$
declare
    -- Without an encoding, a character of up to four bytes counts as four.
    longest constant integer := case when getdatabaseencoding() = 'UTF8' then 2 else 8 end;
begin
    return array_to_tsvector(array(
        select word from unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', translate($1, '/.', '  ')))) as word
         where char_length(word) <= longest));
end $$;
create index developers_short_words_new on developers using gin (gitomatic_short_words(search_text))
    where synced_at is not null and gone_at is null;
create index repositories_short_words_new on repositories using gin (gitomatic_short_words(search_text))
    where synced_at is not null and gone_at is null;
drop index developers_short_words, repositories_short_words;
alter index developers_short_words_new rename to developers_short_words;
alter index repositories_short_words_new rename to repositories_short_words;

-- migrate:down

create or replace function gitomatic_short_words(text) returns tsvector language plpgsql immutable strict parallel safe as $$
declare
    -- Without an encoding, a character of up to four bytes counts as four.
    longest constant integer := case when getdatabaseencoding() = 'UTF8' then 2 else 8 end;
begin
    return array_to_tsvector(array(
        select word from unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', $1))) as word
         where char_length(word) <= longest));
end $$;
reindex index developers_short_words;
reindex index repositories_short_words;
