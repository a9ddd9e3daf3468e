-- migrate:up

-- Sessions of the API's pages: who signed in with a browser. The cookie holds 256 random bits, so a plain SHA-256 of it tells
-- nothing and is found by an index. A session ends with its user, and when the user's password or rights change.
create table api_sessions (
    id         bigint generated always as identity primary key,
    hash       bytea not null unique check (octet_length(hash) = 32),
    user_name  text not null references api_users (name) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index api_sessions_user on api_sessions (user_name);

-- migrate:down

drop table api_sessions;
