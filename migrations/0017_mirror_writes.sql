-- migrate:up

-- When a credential last wrote through a mirror: its pages that were proven before are asked for before they are served. One
-- row a credential, so that a write costs a row, whatever number of pages it makes doubtful. scope: as in mirror_pages; 16
-- bytes of 255 are everybody.
create table mirror_writes (
    scope bytea primary key,
    at    timestamptz not null
) with (fillfactor = 50);

-- migrate:down

drop table mirror_writes;
