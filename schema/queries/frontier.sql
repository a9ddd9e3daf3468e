-- Whom discovery picks next.

-- name: frontier_pick
-- params: n integer
-- By index, longest due first. Picked ones rest for an hour, so that a run that comes before they are done picks others.
with due as materialized (
    select f.github_id from frontier f
     where f.next_at <= now() and f.next_at < 'infinity'
     order by f.next_at, f.github_id limit $1 for update skip locked),
picked as (
    update frontier f set next_at = now() + interval '1 hour' from due where f.github_id = due.github_id
    returning f.github_id, f.reason)
select p.github_id, d.login, p.reason from picked p join developers d on d.github_id = p.github_id
 where d.gone_at is null order by p.github_id;

-- name: frontier_walked
-- params: github_id bigint, counts bigint[]
-- His lists are being read: not again for a day, or longer the less his counts change (at most 30 days).
insert into frontier (github_id, next_at, last_at, counts, walks, reason)
values ($1, now() + interval '1 day', now(), $2, 1, 'walked')
on conflict (github_id) do update
   set last_at = now(), walks = frontier.walks + 1,
       changes = frontier.changes + (frontier.counts is not null and frontier.counts is distinct from $2)::integer,
       next_at = now() + least(interval '30 days', interval '1 day' * power(2, greatest(0, frontier.walks - 2 * frontier.changes))),
       counts = $2, reason = 'stale';

-- name: frontier_put_off
-- params: github_id bigint, reason text
update frontier set next_at = now() + interval '1 day', reason = $2 where github_id = $1;
