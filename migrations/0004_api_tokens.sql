-- migrate:up

-- Bearer tokens of the API. A token is 256 random bits, so a plain SHA-256 of it tells nothing and is found by an index.
-- One that belongs to a user goes with him, and can do no more than he can.
create table api_tokens (
    id           bigint generated always as identity primary key,
    name         text not null unique,
    hash         bytea not null unique check (octet_length(hash) = 32),
    user_name    text references api_users (name) on delete cascade,
    read_only    boolean not null default false,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz -- to a few minutes
);
create index api_tokens_user on api_tokens (user_name) where user_name is not null;

-- migrate:down

drop table api_tokens;
