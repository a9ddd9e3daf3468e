-- migrate:up

-- A page whose credential GitHub has since refused (401, or 403 that is no limit): its validators are kept, its body is served
-- to nobody until GitHub says again that it may be. A constant default: no row is rewritten, the lock is held for a moment.
alter table mirror_pages add column barred boolean not null default false;

-- migrate:down

alter table mirror_pages drop column barred;
