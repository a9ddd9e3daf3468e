-- Cron entries. "now" is the database's, so that schedulers on several machines agree; an entry is fired by the scheduler that
-- advances its next_run_at from the value it read.

-- name: schedule_set
-- params: name text, kind text, args jsonb, schedule text, next_run_at timestamptz
-- An unchanged schedule keeps its next run: runs missed while no scheduler ran are then still due.
insert into schedule_entries (name, kind, args, schedule, next_run_at) values ($1, $2, $3, $4, $5)
on conflict (name) do update
   set kind = excluded.kind, args = excluded.args, schedule = excluded.schedule,
       next_run_at = case when schedule_entries.schedule = excluded.schedule
                          then schedule_entries.next_run_at else excluded.next_run_at end;

-- name: schedule_now
-- returns: now timestamptz
select now();

-- name: schedule_due
-- returns: name text, kind text, args jsonb, schedule text, next_run_at timestamptz, now timestamptz
select name, kind, args, schedule, next_run_at, now() from schedule_entries where next_run_at <= now() order by name;

-- name: schedule_advance
-- params: name text, was timestamptz, next timestamptz
-- In milliseconds, the program's resolution: it may have been set to now() by hand.
update schedule_entries set next_run_at = $3, last_run_at = now()
 where name = $1 and date_trunc('milliseconds', next_run_at) = $2;

-- name: schedule_list
-- returns: name text, kind text, schedule text, next_run_at timestamptz, last_run_at timestamptz
select name, kind, schedule, next_run_at, last_run_at from schedule_entries order by name;
