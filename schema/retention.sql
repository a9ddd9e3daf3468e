-- Deletes rows after their time, in portions, so that no lock is held long.

-- name: retention_credentials
-- params: days integer
-- returns: n bigint
-- Credentials unused by any process for that time, with their data: none began with it, nor settled an answer to it. A credential of a
-- running process is in use, however long ago that started.
with running as (
    select coalesce(min(started_at) - interval '1 minute', 'infinity') as at from workers
     where kind <> 'scheduler' and heartbeat_at > now() - interval '10 minutes'),
old as (
    delete from credentials where kind <> 'demo' and seen_at < now() - $1 * interval '1 day' and seen_at < (select at from running)
       and not exists (select from quota_buckets b where b.credential = label and b.updated_at >= now() - $1 * interval '1 day')
    returning label),
gone as (
    select label from old
    union
    select credential from quota_buckets b
     where updated_at < least(now() - $1 * interval '1 day', (select at from running))
       and not exists (select from credentials c where c.label = b.credential)),
buckets as (delete from quota_buckets where credential in (select label from gone)),
leases as (delete from quota_leases where credential in (select label from gone)),
learned as (delete from capabilities where credential in (select label from gone))
select count(*) from gone;

-- name: retention_changes
-- params: days integer
-- Only rows in the sums by day. The newest stays, so that the cursor of a reader at the end stays valid.
delete from changes where id in (
    select id from changes
     where at < now() - $1 * interval '1 day' and id <= (select position from changes_folded)
       and id < (select max(id) from changes)
     order by at limit 5000);

-- name: retention_developer_counts
-- params: days integer
delete from developer_counts where ctid = any (array(
    select ctid from developer_counts where day < (now() at time zone 'utc')::date - $1 limit 20000));

-- name: retention_repository_counts
-- params: days integer
delete from repository_counts where ctid = any (array(
    select ctid from repository_counts where day < (now() at time zone 'utc')::date - $1 limit 20000));

-- name: retention_quota
-- params: days integer
delete from quota_samples where at < now() - $1 * interval '1 day';

-- name: retention_follow_history
-- params: days integer
-- Whole days (UTC), so that a day's counts are either complete or gone.
delete from follow_history where ctid = any (array(
    select ctid from follow_history
     where gone_before < ((now() at time zone 'utc')::date - $1)::timestamp at time zone 'utc' limit 20000));

-- name: retention_star_history
-- params: days integer
delete from star_history where ctid = any (array(
    select ctid from star_history
     where gone_before < ((now() at time zone 'utc')::date - $1)::timestamp at time zone 'utc' limit 20000));

-- name: retention_repository_names
-- params: days integer
delete from repository_names where ctid = any (array(
    select ctid from repository_names where seen_until < now() - $1 * interval '1 day' limit 20000));

-- name: retention_developer_logins
-- params: days integer
-- A login stays as long as something else names its owner by it: an erasure finds that by the person's logins.
-- Names of repositories are found by their indexes ('0' comes after '/'); jobs have no such index and are read once.
delete from developer_logins where ctid = any (array(
    select l.ctid
      from (select ctid, lower(login collate "C") as login from developer_logins
             where seen_until < now() - $1 * interval '1 day' offset 0) l
     where not exists (select from repository_names n
                        where lower(n.full_name collate "C") > l.login || '/' and lower(n.full_name collate "C") < l.login || '0')
       and not exists (select from repositories r
                        where lower(r.full_name collate "C") > l.login || '/' and lower(r.full_name collate "C") < l.login || '0'
                          and r.owner_github_id is null)
       and not exists (select from jobs j
                        where j.kind in ('{jobs_name_somebody}') and split_part(lower(j.subject collate "C"), '/', 1) = l.login)
     limit 20000));

-- name: retention_dead_letters
-- params: days integer
delete from webhook_dead_letters where at < now() - $1 * interval '1 day';

-- name: retention_import_positions
-- params: days integer
delete from import_positions where at < now() - $1 * interval '1 day';

-- name: retention_archive_hours
-- params: days integer
delete from archive_hours where imported_at < now() - $1 * interval '1 day';

-- name: retention_samples
-- params: days integer
-- With their members, of which there may be many: one sample a statement.
delete from samples where name = (
    select name from samples where finished_at < now() - $1 * interval '1 day' order by finished_at limit 1);
