-- migrate:up

-- Lists that GitHub does not have of an organization (an empty scope): retry-capabilities forgets them, and read every page
-- that is remembered to find them.
create index remembered_pages_absent on remembered_pages (list) where scope = '';

-- migrate:down

drop index remembered_pages_absent;
