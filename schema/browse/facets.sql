-- Stored counts of facets (schema/browse/facets.h).

-- name: facets_kept
-- params: list text, field text, limit bigint
-- returns: total bigint, n_values bigint, as_of timestamptz, n bigint, value text
select t.total, t.n_values, t.as_of, c.n,
       case when $2 = 'owner' then coalesce((select login from developers where github_id = c.value::bigint), c.value) else c.value end
  from facet_totals t left join lateral (
       select * from facet_counts c where c.list = t.list and c.field = t.field order by place limit $3) c on true
 where t.list = $1 and t.field = $2 order by c.place;

-- name: facets_drop
-- params: list text, field text
with gone as (delete from facet_totals where list = $1 and field = $2)
delete from facet_counts where list = $1 and field = $2;
