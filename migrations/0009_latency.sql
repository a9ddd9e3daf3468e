-- migrate:up

-- Lists and jobs whose pages took long to find. Nobody can write to developers, repositories and jobs while their indexes are
-- made: some seconds for a million of each.

-- Newest first, with what else decides whether a record is in the list: "updated before" is then read from the index alone.
drop index developers_newest;
drop index repositories_newest;
create index developers_newest on developers (created_at desc nulls last, github_id) include (updated_at)
    where synced_at is not null and gone_at is null;
create index repositories_newest on repositories (created_at desc nulls last, github_id) include (updated_at)
    where synced_at is not null and gone_at is null;

-- What was updated before a time was created before it, so a search for it begins there. All but these, which should not
-- exist: the index is there to know that there are none, or to find them.
create index developers_ahead on developers (created_at desc nulls last, github_id) include (updated_at)
    where synced_at is not null and gone_at is null and created_at > updated_at;
create index repositories_ahead on repositories (created_at desc nulls last, github_id) include (updated_at)
    where synced_at is not null and gone_at is null and created_at > updated_at;

-- Jobs that are over and of which there are few beside those that ended well and those of the kinds a crawl is made of: nothing
-- that is done often enters these.
create index jobs_over_state on jobs (state, id) where finished_at is not null and state in ('failed', 'cancelled');
create index jobs_over_kind on jobs (kind, id)
    where finished_at is not null
      and kind in ('discovery_scraper', 'heart_beat_task', 'full_repository_sync', 'repository_stargazers',
                   'repository_star_history');

-- The sums by day, from the whole log at once: after the migration that made the log of a large database the scheduler would
-- need minutes for it, and figures were not to be had until then.
with begin as materialized (select position from changes_folded for update),
upto as materialized (select greatest(position, gitomatic_changes_horizon()) as id from begin),
summed as (
    insert into change_days (day, type, n, known, synced)
    select (at at time zone 'utc')::date, type, sum(n), sum(known), sum(synced) from changes
     where id > (select position from begin) and id <= (select id from upto) group by 1, 2 order by 1, 2
    on conflict (day, type) do update
       set n = change_days.n + excluded.n, known = change_days.known + excluded.known,
           synced = change_days.synced + excluded.synced)
update changes_folded set position = (select id from upto);

-- migrate:down

drop index jobs_over_kind;
drop index jobs_over_state;
drop index repositories_ahead;
drop index developers_ahead;
drop index repositories_newest;
drop index developers_newest;
create index developers_newest on developers (created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
create index repositories_newest on repositories (created_at desc nulls last, github_id)
    where synced_at is not null and gone_at is null;
