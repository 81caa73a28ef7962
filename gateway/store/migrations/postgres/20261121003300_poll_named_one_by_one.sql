-- Each key is looked up by its index, whatever the planner believes about tables it has not counted yet: in the first
-- minute of a database it otherwise walks all resources of the tenant for a group of keys.

CREATE OR REPLACE FUNCTION named_resources(
    p_tenant text, p_spaces text[], p_values text[],
    p_content boolean)                           -- whether the texts are wanted
-- place: of the key among those asked for, counted from 0
RETURNS TABLE (place bigint, type text, resource_id text, version bigint, last_updated bigint, method text, content text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('gateway.tenant', p_tenant, true);
    RETURN QUERY
    SELECT asked.place - 1, k.type, k.resource_id, r.version, r.last_updated, r.method,
           CASE WHEN p_content THEN r.content END
    FROM unnest(p_spaces, p_values) WITH ORDINALITY AS asked (space, value, place)
    CROSS JOIN LATERAL (
        SELECT * FROM counterpart_key
        WHERE tenant = p_tenant AND space = asked.space AND value = asked.value
        LIMIT 1) k
    CROSS JOIN LATERAL (
        SELECT * FROM resource
        WHERE tenant = p_tenant AND type = k.type AND id = k.resource_id
        LIMIT 1) r;
END
$$;
