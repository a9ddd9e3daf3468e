-- migrate:up

-- A stub whose detail is refused is no failed one: its first failure after that has all attempts. A constant default; nothing is rewritten.
alter table hydration_failures add column refused boolean not null default false;

-- migrate:down

alter table hydration_failures drop column refused;
