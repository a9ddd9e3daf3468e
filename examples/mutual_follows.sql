-- Developers who follow each other, the most followed pairs first.
--   psql "$DATABASE_URL" -f examples/mutual_follows.sql
select a.login, b.login as and_login, a.followers_count, b.followers_count as and_followers_count
  from follows f
  join follows back on back.follower_github_id = f.followed_github_id and back.followed_github_id = f.follower_github_id
  join developers a on a.github_id = f.follower_github_id
  join developers b on b.github_id = f.followed_github_id
 where f.follower_github_id < f.followed_github_id   -- each pair once
 order by coalesce(a.followers_count, 0) + coalesce(b.followers_count, 0) desc, a.github_id, b.github_id
 limit 20;
