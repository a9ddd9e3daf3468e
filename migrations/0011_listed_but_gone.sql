-- migrate:up

-- The id in what GitHub told of an account or a repository, if it is one; null for anything else. A CASE keeps a cast from
-- what it cannot take. Inlined where it is used.
create function gitomatic_told_id(told jsonb) returns bigint
    language sql immutable parallel safe
    as $$ select case when jsonb_typeof(told -> 'id') = 'number'
                      then case when (told ->> 'id')::numeric between 1 and 4611686018427387903
                                then (told ->> 'id')::numeric::bigint end end $$;

-- A list may show what its detail denies. gone_looks: 0 while no list has shown it since it is gone, then a look is due; n: due
-- 2^(n-1) days after it went, so that the time between looks doubles. A constant default: no row is written, the lock is held for a moment.
alter table developers add column gone_looks integer not null default 0;
alter table repositories add column gone_looks integer not null default 0;
create function gitomatic_look_due(gone_at timestamptz, looks integer) returns boolean
    language sql stable parallel safe
    as $$ select looks = 0 or gone_at <= now() - interval '1 day' * 2.0 ^ (least(looks, 20) - 1) $$;
create function gitomatic_looks_after(gone_at timestamptz, looks integer) returns integer
    language sql stable parallel safe
    as $$ select greatest(looks + 1, 2 + floor(log(2, greatest(1, extract(epoch from now() - gone_at) / 86400)))::integer) $$;

-- Edges that a list shows to or from what is gone: they hold again once it is back, if the list still shows them. kind and
-- github_id: what is gone; list and subject: where it stands.
create table waiting_edges (
    kind       smallint not null,
    github_id  bigint not null,
    list       text not null,
    subject    bigint not null,
    starred_at timestamptz,
    primary key (kind, github_id, list, subject)
);
create index waiting_edges_subject on waiting_edges (subject, list);

-- The repository whose list of an endpoint answered 404 last: one may be deleted, two that are there are a refusal.
alter table capabilities add column missed bigint;

-- migrate:down

alter table capabilities drop column missed;
drop table waiting_edges;
drop function gitomatic_looks_after(timestamptz, integer);
drop function gitomatic_look_due(timestamptz, integer);
alter table repositories drop column gone_looks;
alter table developers drop column gone_looks;
drop function gitomatic_told_id(jsonb);
