-- migrate:up

-- Those whom no edge may lead to or from: few among many. An import looks for them by each edge, without reading the wide rows of all
-- others. A moment for ten million records: both tables are read once.
create index developers_gone on developers (github_id) where gone_at is not null;
create index developers_organizations on developers (github_id) where type = 'Organization';
create index repositories_gone on repositories (github_id) where gone_at is not null;

-- migrate:down

drop index developers_gone, developers_organizations, repositories_gone;
