-- The developers that discovery picks next.

-- name: frontier_pick
-- params: n integer
-- returns: github_id bigint, login text, reason text
-- By the expected gain of a unit of quota: first developers never synced, the best connected first, since a sync finds about as much
-- as others have found there; then stale ones, by the expected number of changes since the last sync (changes found per sync so far,
-- times the time since). The cost is bounded whatever the size of the frontier: 50 candidates a pick (at most 1,000, or n), those due
-- longest, by index; of each at most 1,000 followers and 1,000 stars of their repositories are counted. The order is therefore that of
-- the candidates, not of the whole frontier; a score kept in the row would be, but every page of a list would have to write a hundred
-- of them. Stale ones are read only if unsynced ones leave room. Picked ones are not picked again for an hour, so that a run that
-- comes before they are done picks others; two runs at once share.
with fresh as materialized (
    select f.github_id, f.next_at,
           (select count(*) from (select from follows where followed_github_id = f.github_id limit 1000) x)
           + (select count(*) from (select from repositories r join stars s on s.repository_github_id = r.github_id
                                     where r.owner_github_id = f.github_id limit 1000) x) as degree
      from (select github_id, next_at from frontier
             where last_at is null and next_at < 'infinity' and next_at <= now()
             order by next_at, github_id limit greatest($1, least(50 * $1::bigint, 1000))) f),
first as materialized (
    select github_id, row_number() over (order by degree desc, next_at, github_id) as place
      from fresh order by place limit $1),
stale as materialized (
    select github_id, row_number() over (order by due desc, github_id) as place
      from (select github_id, (changes + 1.0) / (walks + 1) * extract(epoch from now() - last_at) as due
              from (select github_id, changes, walks, last_at from frontier
                     where last_at is not null and next_at < 'infinity' and next_at <= now()
                       and (select count(*) from first) < $1
                     order by next_at, github_id limit greatest($1, least(50 * $1::bigint, 1000))) f) d
     order by place limit $1),
chosen as materialized (
    select github_id, place from first
    union all select github_id, (select count(*) from first) + place from stale
     where place <= $1 - (select count(*) from first)),
held as materialized (
    select f.github_id, c.place from chosen c join frontier f on f.github_id = c.github_id
     where f.next_at <= now() and f.next_at < 'infinity' for update of f skip locked),
picked as (
    update frontier f set next_at = now() + interval '1 hour' from held where f.github_id = held.github_id
    returning f.github_id, f.reason, held.place)
select p.github_id, d.login, p.reason from picked p join developers d on d.github_id = p.github_id
 where d.gone_at is null order by p.place;

-- name: frontier_untried
-- params: github_id bigint
update frontier set next_at = now(), reason = 'stargazers untried' where github_id = $1 and next_at > now();

-- name: discovery_hungry
-- params: low_water bigint, threshold bigint, share bigint, credentials text[]
-- returns: hungry boolean
-- Whether continuous discovery should begin another run: less work of its own is open than low_water, no run is under
-- way, a developer is due, and one of these credentials has more units left than discovery leaves to others (or nothing is known of it
-- yet: then one request is due to find out). Waiting jobs count whatever their purpose: if there are many, GitHub is away or the quota
-- used up, and more work would only pile up.
select (select count(*) from (select from jobs where state = 'available' and priority = 50 order by id limit $1) x)
       + (select count(*) from jobs where state = 'running' and priority = 50)
       + (select count(*) from (select from jobs where state = 'scheduled' limit $1) x) < $1
   and not exists (select from jobs where key = 'discovery_scraper:' and finished_at is null)
   and (exists (select from frontier where last_at is null and next_at < 'infinity' and next_at <= now())
        or exists (select from frontier where last_at is not null and next_at < 'infinity' and next_at <= now()))
   and exists (
       select from quota_buckets b join credentials c on c.label = b.credential
        where b.resource = 'core' and b.credential = any ($4)
          and coalesce(greatest(c.benched_until, c.blocked_until) <= now(), true)
          and (b.unlimited or b.rate_limit is null
               or case when b.window_ends_at <= now() then b.rate_limit else b.rate_remaining end
                  > $2 + (b.rate_limit * $3 + 99) / 100));

-- name: frontier_walked
-- params: ids bigint[], followers bigint[], following bigint[], public_repos bigint[]
-- Their lists are being read: not again for a day, or longer the less their counts change (at most 30 days). The power is
-- bounded as well: with a sync every hour it would soon exceed the range of an interval.
insert into frontier (github_id, next_at, last_at, counts, walks, reason)
select id, now() + interval '1 day', now(), array[followers, following, public_repos], 1, 'walked'
  from unnest($1, $2, $3, $4) as a(id, followers, following, public_repos) order by id
on conflict (github_id) do update
   set last_at = now(), walks = frontier.walks + 1,
       changes = frontier.changes + (frontier.counts is not null and frontier.counts is distinct from excluded.counts)::integer,
       next_at = now() + least(interval '30 days',
                               interval '1 day' * power(2, least(5, greatest(0, frontier.walks - 2 * frontier.changes)))),
       counts = excluded.counts, reason = 'stale';
