-- Receivers of changes (migration 0061).

-- name: webhooks_add_lock
-- returns: pg_advisory_xact_lock void
-- One addition at a time. Later steps must be separate statements.
select pg_advisory_xact_lock(gitomatic_lock(7723), 0);

-- name: webhooks_same
-- params: url text, secret text, types text[], developers bigint[], repositories bigint[]
-- returns: id bigint, state text
-- In any order of its lists.
select id, state from webhooks
 where url = $1 and secret = $2 and types @> $3 and types <@ $3 and developers @> $4 and developers <@ $4
   and repositories @> $5 and repositories <@ $5
 order by id limit 1;

-- name: webhooks_add
-- params: url text, secret text, types text[], developers bigint[], repositories bigint[], position bigint, most bigint
-- returns: id bigint, state text
-- No row: there are as many as there may be.
insert into webhooks (url, secret, types, developers, repositories, position_id)
select $1, $2, $3, $4, $5, $6 where (select count(*) from webhooks) < $7 returning id, state;

-- name: webhooks_count
-- returns: n bigint
select count(*) from webhooks;

-- name: webhooks_list
-- params: id bigint, size bigint, skip bigint
-- returns: id bigint, url text, types text[], developers bigint[], repositories bigint[], state text, created_at timestamptz, position_id bigint, position_taken bigint, attempt integer, failing_since timestamptz, next_at timestamptz, last_status integer, last_error text, delivered bigint, delivered_at timestamptz, dead_letters bigint
select w.id, w.url, w.types, w.developers, w.repositories, w.state, w.created_at, w.position_id, w.position_taken, w.attempt,
       w.failing_since, w.next_at, w.last_status, w.last_error, w.delivered, w.delivered_at,
       (select count(*) from webhook_dead_letters d where d.webhook_id = w.id)
  from webhooks w where $1 is null or w.id = $1 order by w.id limit $2 offset $3;

-- name: webhooks_remove
-- params: id bigint
-- returns: n bigint
with gone as (delete from webhooks where id = $1 returning 1) select count(*) from gone;

-- name: webhooks_resume
-- params: id bigint
-- returns: n bigint
with done as (update webhooks set state = 'active', attempt = 0, failing_since = null, next_at = now() where id = $1 returning 1)
select count(*) from done;

-- name: webhooks_dead
-- params: id bigint
-- returns: since text, upto text, items integer, error text, at timestamptz
select since, upto, items, error, at from webhook_dead_letters where webhook_id = $1 order by id desc limit 100;

-- name: webhooks_due
-- returns: id bigint
select id from webhooks where state = 'active' and next_at <= now() order by next_at, id;

-- name: webhooks_lock
-- params: id bigint
-- returns: locked boolean
-- A lock of the session, so that another process takes over when this one dies.
select pg_try_advisory_lock(gitomatic_lock(7721), $1::integer);

-- name: webhooks_unlock
-- params: id bigint
-- returns: unlocked boolean
select pg_advisory_unlock(gitomatic_lock(7721), $1::integer);

-- name: webhooks_read
-- params: id bigint
-- returns: url text, secret text, types text[], developers bigint[], repositories bigint[], position_id bigint, position_taken bigint, attempt integer, failing_ms bigint, oldest bigint
-- oldest: the first stored row of the log; 0 if the webhook is younger than a day, the minimum of KEEP_CHANGES: a number missing after
-- its position then was never written (its transaction was rolled back).
select url, secret, types, developers, repositories, position_id, position_taken, attempt,
       coalesce((extract(epoch from now() - failing_since) * 1000)::bigint, 0),
       case when created_at < now() - interval '1 day' then coalesce((select min(id) from changes), 0) else 0 end
  from webhooks where id = $1 and state = 'active' and next_at <= now();

-- name: webhooks_delivered
-- params: id bigint, position bigint, taken bigint, items bigint, status bigint
-- items 0: no item matched, so nothing was sent.
update webhooks set position_id = $2, position_taken = $3, attempt = 0, failing_since = null, next_at = now(),
       delivered = delivered + $4, delivered_at = case when $4 > 0 then now() else delivered_at end,
       last_status = case when $4 > 0 then $5::integer else last_status end, last_error = case when $4 > 0 then null else last_error end
 where id = $1;

-- name: webhooks_failed
-- params: id bigint, status bigint, error text, wait_ms bigint, gone boolean
update webhooks set attempt = attempt + 1, failing_since = coalesce(failing_since, now()), last_status = nullif($2, 0)::integer, last_error = $3,
       next_at = now() + $4 * interval '1 millisecond', state = case when $5 then 'gone' else state end
 where id = $1;

-- name: webhooks_give_up
-- params: id bigint, position bigint, taken bigint, since text, upto text, items bigint, error text
with moved as (
    update webhooks set position_id = $2, position_taken = $3, attempt = 0, failing_since = null, next_at = now() where id = $1 returning id)
insert into webhook_dead_letters (webhook_id, since, upto, items, error) select id, $4, $5, $6::integer, $7 from moved;
