-- Unicode's composed form (NFC), for schema/browse/composed.c. The conditions are those of the indexes of migration 0019.

-- name: composed_texts
-- params: texts text[]
-- returns: texts text[], composed boolean
-- The texts composed, and whether this database can compose them.
select case when getdatabaseencoding() = 'UTF8'
            then array(select normalize(t) from unnest($1) with ordinality as u (t, place) order by place) else $1 end,
       getdatabaseencoding() = 'UTF8';

-- name: composed_others
-- params: developers boolean
-- returns: any boolean
-- Whether the list has records whose own texts are not composed.
select case when $1 then exists (
           select from developers where synced_at is not null and gone_at is null and not gitomatic_is_composed(
               login || E'\n' || coalesce(name, '') || E'\n' || coalesce(company, '') || E'\n' || coalesce(location, '') || E'\n'
               || coalesce(email, '') || E'\n' || coalesce(left(bio, 2000), '')))
       else exists (
           select from repositories where synced_at is not null and gone_at is null and not gitomatic_is_composed(
               full_name || E'\n' || coalesce(homepage, '') || E'\n' || coalesce(language, '') || E'\n' || coalesce(license, '') || E'\n'
               || coalesce(left(description, 2000), ''))) end;
