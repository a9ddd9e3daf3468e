-- migrate:up

-- Full text search is asked only for words of one or two characters, as longer ones are found by trigrams, but its indexes held all
-- words: 176 and 222 bytes a listed developer and repository. They hold the short words now, 2 to 4 bytes. Some fifteen seconds
-- for a million of each, during which the two tables cannot be written to; the old indexes go last, as in 0092.
create function gitomatic_short_words(text) returns tsvector language plpgsql immutable strict parallel safe as $$
declare
    -- Without an encoding, a character of up to four bytes counts as four.
    longest constant integer := case when getdatabaseencoding() = 'UTF8' then 2 else 8 end;
begin
    return array_to_tsvector(array(
        select word from unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', $1))) as word
         where char_length(word) <= longest));
end $$;
create index developers_short_words on developers using gin (gitomatic_short_words(search_text))
    where synced_at is not null and gone_at is null;
create index repositories_short_words on repositories using gin (gitomatic_short_words(search_text))
    where synced_at is not null and gone_at is null;
drop index developers_words, repositories_words;

-- migrate:down

create index developers_words on developers using gin (to_tsvector('simple', search_text))
    where synced_at is not null and gone_at is null;
create index repositories_words on repositories using gin (to_tsvector('simple', search_text))
    where synced_at is not null and gone_at is null;
drop index developers_short_words, repositories_short_words;
drop function gitomatic_short_words(text);
