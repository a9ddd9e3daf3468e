-- migrate:up

-- Bodies of pages that were fetched as a GitHub App's installation. Its token changes every hour, and with it the ETag of every
-- page: the new one is computed from the body, so that unchanged pages still answer 304. Named by the ETag that is remembered
-- with the page (remembered_pages.etag), so that a body never vouches for another page than the one that was stored.
create table kept_bodies (
    etag    text primary key,
    body    bytea not null, -- as it came: gzip, or plain JSON
    used_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05);
alter table kept_bodies alter column body set storage external;

-- migrate:down

drop table kept_bodies;
