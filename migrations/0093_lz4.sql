-- migrate:up

-- GitHub's answers are compressed with LZ4, where the server has it: writing one takes half the time. Answers that are stored already stay
-- as they are until they are written again.
do $$
begin
    if (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') then
        alter table developers alter column data_source set compression lz4;
        alter table repositories alter column data_source set compression lz4;
    end if;
end $$;

-- migrate:down

alter table developers alter column data_source set compression default;
alter table repositories alter column data_source set compression default;
