-- migrate:up

-- When a list of a developer was last read whole with every edge we hold on it: a pass without a change writes this one
-- small row, however long the list is. It starts empty: until a list's next pass its ended edges say less exactly when
-- they were last there, never wrongly.
create table list_passes (
    list    text not null,
    subject bigint not null,
    seen_at timestamptz not null,
    primary key (list, subject)
) with (fillfactor = 70);

-- When an edge that we hold was last there for certain: as its row first came, or on a pass of either end's list. An open
-- edge that is older than a pass stood on it, else that pass had closed it (or had left no row here).
create function gitomatic_follow_seen(follower bigint, followed bigint, first_seen timestamptz) returns timestamptz
    language sql stable parallel safe
    as $$ select greatest(first_seen,
              (select seen_at from list_passes where list = 'developer_following' and subject = follower),
              (select seen_at from list_passes where list = 'developer_followers' and subject = followed)) $$;
create function gitomatic_star_seen(developer bigint, first_seen timestamptz) returns timestamptz
    language sql stable parallel safe
    as $$ select greatest(first_seen,
              (select seen_at from list_passes where list = 'developer_starred' and subject = developer)) $$;

-- Stars given on a day and not taken back since, as GitHub's star history tells of repositories that were asked for. No
-- default: the table is not rewritten; the lock is held for a moment.
alter table repository_counts add column stars_added bigint;

-- migrate:down

alter table repository_counts drop column stars_added;
drop function gitomatic_star_seen(bigint, timestamptz);
drop function gitomatic_follow_seen(bigint, bigint, timestamptz);
drop table list_passes;
