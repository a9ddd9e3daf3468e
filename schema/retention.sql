-- What grows with time and is dropped when its time is over, in bites, so that no lock is held long.

-- name: retention_credentials
-- params: days integer
-- returns: n bigint
-- Credentials unused by any process for that time, with their data. One of a process that still runs is
-- in use, however long ago that started.
with running as (
    select coalesce(min(started_at) - interval '1 minute', 'infinity') as at from workers
     where kind <> 'scheduler' and heartbeat_at > now() - interval '10 minutes'),
old as (
    delete from credentials where seen_at < now() - $1 * interval '1 day' and seen_at < (select at from running)
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
