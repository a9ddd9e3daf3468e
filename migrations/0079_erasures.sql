-- migrate:up

-- People whose rows are removed while others' records still name them: what is needed to find those, until it is done. An interrupted
-- command leaves its row, and the next one for the same person goes on from there.
create table erasures (
    github_id    bigint primary key,
    repositories bigint[] not null -- those the person had
);

-- migrate:down

drop table erasures;
