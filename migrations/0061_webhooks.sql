-- migrate:up

-- Receivers that are sent the feed of changes. The position moves when a receiver has accepted what stands before it, so what is not
-- known to have arrived is sent again, and nothing overtakes anything.
create table webhooks (
    id             bigint generated always as identity primary key,
    url            text not null,
    secret         text not null, -- signs what is sent
    types          text[] not null default '{}', -- none: all
    developers     bigint[] not null default '{}', -- with repositories: changes that are about one of these; none of both: all
    repositories   bigint[] not null default '{}',
    state          text not null default 'active' check (state in ('active', 'gone')),
    created_at     timestamptz not null default now(),
    position_id    bigint not null,
    position_taken bigint not null default 0,
    attempt        integer not null default 0,
    failing_since  timestamptz, -- the delivery that stands at the position
    next_at        timestamptz not null default now(),
    last_status    integer, -- of the receiver's last answer; null: none came
    last_error     text,
    delivered      bigint not null default 0, -- items
    delivered_at   timestamptz
);

-- Deliveries that were given up: what stands in the feed behind `since`, up to `upto`.
create table webhook_dead_letters (
    id         bigint generated always as identity primary key,
    webhook_id bigint not null references webhooks on delete cascade,
    since      text not null,
    upto       text not null,
    items      integer not null,
    error      text not null,
    at         timestamptz not null default now()
);
create index webhook_dead_letters_webhook on webhook_dead_letters (webhook_id);

-- migrate:down

drop table webhook_dead_letters, webhooks;
