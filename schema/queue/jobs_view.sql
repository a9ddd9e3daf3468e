-- Jobs as shown to people. schema/queue/jobs_view.c composes the list from these: open and finished jobs are searched separately, each
-- by partial indexes, newest first, and merged. /*filters*/ marks the place of the clauses; a search that a filter excludes is
-- omitted, with the text between its marks. States and kinds are literals, since they select partial indexes, and each search is
-- planned for its values. /*fence*/: few match, so all are found by any index, and then sorted. `offset 0`: first the ids of the page,
-- then its few rows, since the planner does not know the limit.

-- name: jobs_view_page
-- params: n bigint, skip bigint
-- returns: id bigint, kind text, subject text, state text, priority smallint, attempt integer, created_at timestamptz
-- returns: run_at timestamptz, started_at timestamptz, finished_at timestamptz, pages integer, records bigint, cost integer
-- returns: error text, note text, task_id bigint, page bigint, pages_in_all bigint
select j.id, j.kind, j.subject, j.state, j.priority, j.attempt, j.created_at, j.run_at, j.started_at, j.finished_at,
       j.pages, j.records, j.cost, j.error, j.note, j.task_id,
       case when jsonb_typeof(j.cursor -> 'page') = 'number' then trunc((j.cursor ->> 'page')::numeric)::bigint end,
       case when jsonb_typeof(j.args -> 'count') = 'number' then trunc((j.args ->> 'count')::numeric)::bigint end
  from (select id from (
            /*open*/ (select id from (select id from jobs where finished_at is null /*filters*/
                                /*fence*/) open order by id desc limit $1::bigint + $2::bigint) /*.*/
            /*both*/ union all /*.*/
            /*over*/ (select id from jobs where finished_at is not null /*filters*/
              order by id desc limit $1::bigint + $2::bigint) /*.*/) either
         order by id desc limit $1::bigint offset $2::bigint) page
 cross join lateral (select * from jobs where id = page.id offset 0) j
 order by j.id desc;

-- name: jobs_view_newest
-- params: n bigint, skip bigint
-- returns: id bigint, kind text, subject text, state text, priority smallint, attempt integer, created_at timestamptz
-- returns: run_at timestamptz, started_at timestamptz, finished_at timestamptz, pages integer, records bigint, cost integer
-- returns: error text, note text, task_id bigint, page bigint, pages_in_all bigint
-- The same without filters, except for the position in the list: by the primary key alone.
select j.id, j.kind, j.subject, j.state, j.priority, j.attempt, j.created_at, j.run_at, j.started_at, j.finished_at,
       j.pages, j.records, j.cost, j.error, j.note, j.task_id,
       case when jsonb_typeof(j.cursor -> 'page') = 'number' then trunc((j.cursor ->> 'page')::numeric)::bigint end,
       case when jsonb_typeof(j.args -> 'count') = 'number' then trunc((j.args ->> 'count')::numeric)::bigint end
  from (select id from jobs where true /*filters*/ order by id desc limit $1::bigint offset $2::bigint) page
 cross join lateral (select * from jobs where id = page.id offset 0) j
 order by j.id desc;

-- name: jobs_view_count
-- params: most bigint
-- returns: n bigint
-- Counted no further than `most`.
select count(*) from (select from (
    /*open*/ (select from jobs where finished_at is null /*filters*/ limit $1::bigint) /*.*/
    /*both*/ union all /*.*/
    /*over*/ (select from jobs where finished_at is not null /*filters*/ limit $1::bigint) /*.*/) either
    limit $1::bigint) x;

-- name: jobs_view_count_all
-- params: most bigint
-- returns: n bigint
select count(*) from (select from jobs limit $1::bigint) x;

-- name: jobs_view_one
-- params: id bigint
-- returns: id bigint, kind text, subject text, state text, priority smallint, attempt integer, created_at timestamptz
-- returns: run_at timestamptz, started_at timestamptz, finished_at timestamptz, pages integer, records bigint, cost integer
-- returns: error text, note text, task_id bigint, page bigint, pages_in_all bigint
select j.id, j.kind, j.subject, j.state, j.priority, j.attempt, j.created_at, j.run_at, j.started_at, j.finished_at,
       j.pages, j.records, j.cost, j.error, j.note, j.task_id,
       case when jsonb_typeof(j.cursor -> 'page') = 'number' then trunc((j.cursor ->> 'page')::numeric)::bigint end,
       case when jsonb_typeof(j.args -> 'count') = 'number' then trunc((j.args ->> 'count')::numeric)::bigint end
  from jobs j where j.id = $1;

-- name: jobs_view_login
-- params: id bigint
-- returns: login text
-- The job's developer, or the owner of its repository, by the id in its args.
select d.login from jobs j
  left join repositories r on j.kind in ('{jobs_of_repository}') and r.github_id = (j.args ->> 'id')::bigint
  join developers d on d.github_id = case when j.kind in ('{jobs_list_developer}') then (j.args ->> 'id')::bigint
                                          else r.owner_github_id end
 where j.id = $1 and jsonb_typeof(j.args -> 'id') = 'number';
