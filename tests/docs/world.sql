-- A little world: ada, her friends and what they star. What the queries of the documentation are expected to find is in
-- test_doc_queries.py.
insert into developers (github_id, login, type, name, company, location, followers_count, first_seen_at, synced_at) values
    (1, 'ada',    'User', 'Ada',    '@Analytical ', 'London, UK',  300, now(), now()),
    (2, 'grace',  'User', 'Grace',  'analytical',   'Arlington',   900, now(), now()),
    (3, 'alan',   'User', 'Alan',   'Bletchley',    'London',      500, now(), now()),
    (4, 'edsger', 'User', 'Edsger', null,           'Nuenen',       70, now(), now());
insert into developers (github_id, login, first_seen_at) values (5, 'stub', now());
insert into developers (github_id, login, type, location, followers_count, first_seen_at, synced_at, gone_at, gone_reason)
    values (6, 'left', 'User', 'London', 9999, now(), now(), now(), 'gone');
insert into repositories (github_id, owner_github_id, name, full_name, language, fork, parent_github_id, stargazers_count,
                          first_seen_at, synced_at) values
    (10, 1, 'engine',   'ada/engine',     'C',      false, null, 12, now(), now()),
    (11, 2, 'compiler', 'grace/compiler', 'COBOL',  false, null, 40, now(), now()),
    (12, 3, 'engine',   'alan/engine',    'C',      true,  10,   30, now(), now());
insert into repositories (github_id, owner_github_id, name, full_name, first_seen_at) values (13, 4, 'goto', 'edsger/goto', now());
insert into follows (follower_github_id, followed_github_id, first_seen_at) values
    (1, 2, now()), (2, 1, now()), (1, 3, now()), (4, 1, now()), (3, 1, now()), (5, 1, now());
insert into stars (developer_github_id, repository_github_id, starred_at, first_seen_at) values
    (2, 10, '2024-01-01', now()), (3, 10, '2024-01-02', now()), (3, 11, '2024-01-03', now()), (4, 13, null, now()),
    (1, 11, '2024-01-04', now()), (3, 12, '2024-01-05', now());
insert into follow_history (follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before) values
    (4, 3, now() - interval '9 days', now() - interval '2 days', now() - interval '1 day'),
    (4, 2, now() - interval '99 days', now() - interval '90 days', now() - interval '80 days');
insert into repository_counts (github_id, day, stargazers_count) values (10, '2026-01-01', 7), (10, '2026-01-03', 12);
insert into repository_counts (github_id, day, stars_added) values (10, '2025-12-30', 7), (10, '2025-12-31', 0), (10, '2026-01-02', 5);
insert into jobs (kind, subject, key, task_id, state, finished_at, pages, records, cost) values
    ('full_profile_sync', 'ada', 'full_profile_sync:ada', 1, 'completed', now(), 1, 1, 1),
    ('developer_followers', 'ada', 'developer_followers:1', 1, 'completed', now(), 3, 300, 3);
insert into jobs (kind, subject, key, task_id, state, error, note, run_at) values
    ('developer_starred', 'ada', 'developer_starred:1', 1, 'scheduled', 'waiting', 'quota', now() + interval '1 hour');
insert into jobs (kind, subject, key, task_id, state, finished_at, attempt, error) values
    ('full_repository_sync', 'ada/engine', 'full_repository_sync:ada/engine', 4, 'failed', now(), 10, 'status 500');
insert into workers (kind, host, pid) values ('crawler', 'here', 1);
insert into credentials (label, kind, position, benched_until, benched_why)
    values ('token-000000000000', 'token', 0, now() + interval '1 hour', 'refused');
insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at) values
    ('token-000000000000', 'core', 5000, 4000, 1893456000, now() + interval '1 hour'),
    ('token-000000000000', 'graphql', 5000, 17, 1893456000, now() - interval '1 second');
