-- migrate:up

-- Tasks that asked for a job another task had asked for already: it is theirs as well, and goes on when that one is cancelled.
-- Null but for those few; the index holds only them. The lock is held for a moment.
alter table jobs add column also bigint[];
create index jobs_also on jobs (id) where also is not null and finished_at is null;

-- migrate:down

drop index jobs_also;
alter table jobs drop column also;
