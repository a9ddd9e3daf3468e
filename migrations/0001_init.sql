-- migrate:up

-- Record ids: UUIDv8 of kind (1 developer, 2 repository) and GitHub id. The C twin is core/uuid.
create function gitomatic_id(kind integer, github_id bigint) returns uuid
    language sql immutable strict parallel safe
    as $$ select ('6769746f6d618' || lpad(to_hex(kind), 3, '0')
                  || to_hex(github_id | (-9223372036854775808)))::uuid $$;

create function gitomatic_github_id(id uuid) returns bigint
    language sql immutable strict parallel safe
    as $$ select ('x' || right(replace(id::text, '-', ''), 16))::bit(64)::bigint & 4611686018427387903 $$;

-- Developers: GitHub users and organisations. Keyed by GitHub id; a login may move from one row to another.
-- synced_at null: a stub. gone_at set: not on GitHub any more; kept for queries, left out of lists.
create table developers (
    github_id        bigint primary key check (github_id > 0),
    id               uuid generated always as (gitomatic_id(1, github_id)) stored,
    node_id          text,
    login            text not null,
    type             text,
    name             text,
    company          text,
    blog             text,
    location         text,
    email            text,
    hireable         boolean,
    bio              text,
    twitter_username text,
    avatar_url       text,
    site_admin       boolean,
    followers_count  bigint,
    following_count  bigint,
    public_gists     bigint,
    public_repos     bigint,
    created_at       timestamptz check (isfinite(created_at)),
    updated_at       timestamptz check (isfinite(updated_at)),
    first_seen_at    timestamptz not null,
    synced_at        timestamptz,
    gone_at          timestamptz,
    gone_reason      text,
    data_source      jsonb compression lz4
);
create index developers_newest on developers (created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index developers_login on developers (lower(login));

-- The crawl's plan, apart from the record so that planning changes no record. next_at: when discovery may pick him
-- ('infinity': not until something changes); counts: followers, following, public_repos when last walked.
create table frontier (
    github_id bigint primary key,
    next_at   timestamptz not null,
    last_at   timestamptz,
    counts    bigint[],
    walks     integer not null default 0,
    changes   integer not null default 0,
    reason    text not null
);
create index frontier_next on frontier (next_at, github_id) where next_at < 'infinity';

create table repositories (
    github_id         bigint primary key check (github_id > 0),
    id                uuid generated always as (gitomatic_id(2, github_id)) stored,
    node_id           text,
    owner_github_id   bigint,
    name              text not null,
    full_name         text not null,
    description       text,
    homepage          text,
    language          text,
    license           text,
    default_branch    text,
    topics            text[],
    visibility        text,
    fork              boolean,
    is_template       boolean,
    parent_github_id  bigint,
    has_downloads     boolean,
    has_issues        boolean,
    has_pages         boolean,
    has_projects      boolean,
    has_wiki          boolean,
    has_discussions   boolean,
    private           boolean,
    archived          boolean,
    disabled          boolean,
    size_kb           bigint,
    stargazers_count  bigint,
    subscribers_count bigint,
    watchers_count    bigint,
    forks_count       bigint,
    open_issues_count bigint,
    created_at        timestamptz check (isfinite(created_at)),
    updated_at        timestamptz check (isfinite(updated_at)),
    pushed_at         timestamptz check (isfinite(pushed_at)),
    first_seen_at     timestamptz not null,
    synced_at         timestamptz,
    gone_at           timestamptz,
    gone_reason       text,
    data_source       jsonb compression lz4
);
create index repositories_newest on repositories (created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_owner on repositories (owner_github_id, created_at desc nulls last, github_id);
create index repositories_full_name on repositories (lower(full_name));

-- Edges that hold now. No foreign keys: both ends are written in the same transaction before the edge, and a check a row
-- would halve the rate of storing pages; a test holds the invariant instead.
create table follows (
    follower_github_id bigint not null,
    followed_github_id bigint not null,
    first_seen_at      timestamptz not null,
    primary key (follower_github_id, followed_github_id)
);
create index follows_followed on follows (followed_github_id, first_seen_at desc, follower_github_id desc);

create table stars (
    developer_github_id  bigint not null,
    repository_github_id bigint not null,
    starred_at           timestamptz,
    first_seen_at        timestamptz not null,
    primary key (developer_github_id, repository_github_id)
);
create index stars_repository on stars (repository_github_id, starred_at desc nulls last, developer_github_id desc);

-- Edges that ended: held from `first_seen_at`; ended no earlier than gone_after (last time it was there) and no later
-- than gone_before (first time it was not).
create table follow_history (
    follower_github_id bigint not null,
    followed_github_id bigint not null,
    first_seen_at      timestamptz not null,
    gone_after         timestamptz not null,
    gone_before        timestamptz not null,
    primary key (follower_github_id, followed_github_id, first_seen_at)
);
create index follow_history_followed on follow_history (followed_github_id);

create table star_history (
    developer_github_id  bigint not null,
    repository_github_id bigint not null,
    starred_at           timestamptz,
    first_seen_at        timestamptz not null,
    gone_after           timestamptz not null,
    gone_before          timestamptz not null,
    primary key (developer_github_id, repository_github_id, first_seen_at)
);
create index star_history_repository on star_history (repository_github_id);

-- Names a record had before, each once: seen_until is when we last took it off the record.
create table developer_logins (
    github_id  bigint not null,
    login      text not null,
    seen_until timestamptz not null,
    primary key (github_id, login)
);
create table repository_names (
    github_id  bigint not null,
    full_name  text not null,
    seen_until timestamptz not null,
    primary key (github_id, full_name)
);
create index developer_logins_login on developer_logins (lower(login));
create index repository_names_name on repository_names (lower(full_name));

-- Counts a day apart, written when a detail was fetched and something had changed.
create table developer_counts (
    github_id       bigint not null,
    day             date not null,
    followers_count bigint,
    following_count bigint,
    public_repos    bigint,
    public_gists    bigint,
    primary key (github_id, day)
);
create table repository_counts (
    github_id         bigint not null,
    day               date not null,
    stargazers_count  bigint,
    forks_count       bigint,
    subscribers_count bigint,
    open_issues_count bigint,
    primary key (github_id, day)
);

-- The queue. One task (what a person or the scheduler asked for) becomes several jobs with the same task_id.
create sequence job_leases;
create table jobs (
    id           bigint generated always as identity primary key,
    kind         text not null,
    subject      text not null default '',
    key          text not null,
    task_id      bigint,
    state        text not null default 'available'
                 check (state in ('available', 'running', 'scheduled', 'completed', 'failed', 'cancelled')),
    priority     smallint not null default 50,
    attempt      integer not null default 0,
    losses       integer not null default 0,
    run_at       timestamptz not null default now(),
    created_at   timestamptz not null default now(),
    started_at   timestamptz,
    finished_at  timestamptz,
    worker_id    bigint,
    lease        bigint,
    rerun        boolean not null default false,
    args         jsonb,
    cursor       jsonb,
    pages        integer not null default 0,
    records      bigint not null default 0,
    cost         integer not null default 0,
    error        text,
    note         text,
    check ((state = 'running') = (lease is not null and worker_id is not null)),
    check ((state in ('completed', 'failed', 'cancelled')) = (finished_at is not null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
-- Two jobs with the same key are the same work: one waits or runs at a time.
create unique index jobs_key on jobs (key) where state in ('available', 'running', 'scheduled');
create index jobs_claim on jobs (priority, id) where state = 'available';
create index jobs_due on jobs (run_at) where state = 'scheduled';
create index jobs_running on jobs (worker_id) where state = 'running';
create index jobs_task on jobs (task_id, state) where task_id is not null;
create index jobs_finished on jobs (finished_at) where finished_at is not null;

-- Processes at work. A worker also holds pg_advisory_lock(7717, id) on its session: a free lock means it died.
create table workers (
    id           bigint generated always as identity primary key,
    kind         text not null,
    host         text not null,
    pid          integer not null,
    started_at   timestamptz not null default now(),
    heartbeat_at timestamptz not null default now(),
    info         jsonb
);

-- Stubs waiting to be hydrated: kind 1 developer, 2 repository. job_id null: not yet handed to a job.
create table hydration_queue (
    kind      smallint not null,
    github_id bigint not null,
    task_id   bigint,
    job_id    bigint,
    rest      boolean not null default false, -- GraphQL could not say, or the name may be another's: ask by id
    again     boolean not null default false, -- also when it is a full record already
    primary key (kind, github_id)
);
create index hydration_queue_waiting on hydration_queue (task_id, kind) where job_id is null;
create index hydration_queue_job on hydration_queue (job_id) where job_id is not null;

-- List pages and details as they were last read: a 304 contributes `ids` without a transfer.
-- list: developer, repository (details, page 0), developer_followers, …; scope: credential and media type of the ETag.
create table remembered_pages (
    list       text not null,
    subject    bigint not null,
    page       integer not null,
    scope      text not null,
    etag       text,
    ids        bigint[] not null,
    next_url   text,
    fetched_at timestamptz not null,
    primary key (list, subject, page)
);

create table schedule_entries (
    name        text primary key,
    kind        text not null,
    args        jsonb,
    schedule    text not null,
    next_run_at timestamptz not null,
    last_run_at timestamptz
);

-- Credentials as the crawlers know them; never the secret, only a label made from a keyed hash.
create table credentials (
    label        text primary key,
    kind         text not null,
    position     integer not null,
    login        text,
    scopes       text,
    benched_until timestamptz, -- refused by GitHub (401)
    benched_why   text,
    blocked_until timestamptz, -- a secondary limit
    blocks        integer not null default 0, -- in a row
    seen_at       timestamptz not null default now()
);

-- GitHub's quota by credential and resource, as the newest answer told it. A window is known by GitHub's reset second;
-- window_ends_at is the same moment by this database's clock (GitHub's Date header says how far the two are apart).
create table quota_buckets (
    credential     text not null,
    resource       text not null,
    rate_limit     bigint,
    rate_remaining bigint,
    rate_reset_raw bigint,
    window_ends_at timestamptz,
    unlimited      boolean not null default false, -- answers came without rate headers
    updated_at     timestamptz not null default now(),
    primary key (credential, resource)
);
create view rate_limits as
    select credential, resource, rate_limit,
           case when window_ends_at <= now() then rate_limit else rate_remaining end as rate_remaining,
           to_timestamp(rate_reset_raw) as rate_reset, rate_reset_raw, updated_at
      from quota_buckets where rate_limit is not null;
-- Units handed to a process and not yet accounted for.
create table quota_leases (
    credential text not null,
    resource   text not null,
    worker_id  bigint not null,
    units      bigint not null,
    primary key (credential, resource, worker_id)
);

-- Which endpoints answer for which credential, as learned.
create table capabilities (
    credential    text not null,
    endpoint      text not null,
    allowed       boolean not null,
    status        integer not null,
    checked_at    timestamptz not null,
    next_check_at timestamptz not null,
    primary key (credential, endpoint)
);

create table api_users (
    name          text primary key,
    password_hash text not null,
    read_only     boolean not null default false,
    created_at    timestamptz not null default now(),
    changed_at    timestamptz not null default now()
);

-- migrate:down

drop view rate_limits;
drop table api_users, capabilities, quota_leases, quota_buckets, credentials, schedule_entries, remembered_pages,
    hydration_queue, workers, jobs, repository_counts, developer_counts, repository_names, developer_logins,
    star_history, follow_history, stars, follows, repositories, frontier, developers;
drop sequence job_leases;
drop function gitomatic_github_id(uuid);
drop function gitomatic_id(integer, bigint);
