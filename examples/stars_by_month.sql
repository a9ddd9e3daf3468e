-- Stars that the ten most starred repositories received in each month, from the developers who were crawled.
--   psql "$DATABASE_URL" -f examples/stars_by_month.sql
with best as (
    select github_id, full_name
      from repositories
     where synced_at is not null and gone_at is null
     order by stargazers_count desc nulls last, github_id
     limit 10
)
select best.full_name, to_char(date_trunc('month', s.starred_at at time zone 'UTC'), 'YYYY-MM') as month, count(*) as stars
  from best
  join stars s on s.repository_github_id = best.github_id
 where s.starred_at is not null
 group by best.full_name, month
 order by best.full_name, month;
