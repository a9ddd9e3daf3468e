-- migrate:up

-- The id in what GitHub told of an account or a repository, if it is one; null for anything else. A CASE keeps a cast from
-- what it cannot take. Inlined where it is used.
create function gitomatic_told_id(told jsonb) returns bigint
    language sql immutable parallel safe
    as $$ select case when jsonb_typeof(told -> 'id') = 'number'
                      then case when (told ->> 'id')::numeric between 1 and 4611686018427387903
                                then (told ->> 'id')::numeric::bigint end end $$;

-- migrate:down

drop function gitomatic_told_id(jsonb);
