-- migrate:up

-- What earlier versions stored of GitHub's answers, without the addresses that the crawler omits now. In a developer or repository, and
-- in the records inside: an owner, a fork's origin and its owner.
create function gitomatic_without_addresses(doc jsonb, levels integer default 2) returns jsonb
    language plpgsql immutable strict parallel safe as $$
declare
    part text;
begin
    doc := coalesce((select jsonb_object_agg(key, value) from jsonb_each(doc)
                      where right(key, 4) <> '_url' or key in ('html_url', 'avatar_url', 'mirror_url')), '{}');
    foreach part in array array['owner', 'organization', 'parent', 'source', 'template_repository'] loop
        if levels > 0 and jsonb_typeof(doc -> part) = 'object' then
            doc := jsonb_set(doc, array[part], gitomatic_without_addresses(doc -> part, levels - 1));
        end if;
    end loop;
    return doc;
end $$;

-- migrate:down

drop function gitomatic_without_addresses(jsonb, integer);
