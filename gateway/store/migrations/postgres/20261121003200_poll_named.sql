-- What many of a counterpart's keys name, read in one round trip: the tenant is set before row-level security looks.
-- Plans are kept for long and made when tables may still be small: they must not be made for small tables.

CREATE FUNCTION named_resources(
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
    JOIN counterpart_key k ON k.tenant = p_tenant AND k.space = asked.space AND k.value = asked.value
    JOIN resource r ON r.tenant = p_tenant AND r.type = k.type AND r.id = k.resource_id;
END
$$;
