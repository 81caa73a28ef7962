-- Many versions in one round trip. Row-level security looks at each tenant's with that tenant set and no other.
-- Plans are kept for long and made when tables may still be small: they must not be made for small tables.

CREATE FUNCTION read_resources(
    p_tenants text[], p_types text[], p_ids text[],
    p_versions bigint[])                         -- NULL for the current one
RETURNS TABLE (n bigint, version bigint, last_updated bigint, method text, content text) -- n: place in the lists, from 0
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_tenant text;
BEGIN
    FOR v_tenant IN SELECT DISTINCT u.tenant FROM unnest(p_tenants) AS u (tenant) LOOP
        PERFORM set_config('gateway.tenant', v_tenant, true);
        RETURN QUERY
        SELECT u.n - 1, r.version, r.last_updated, r.method, r.content
        FROM unnest(p_tenants, p_types, p_ids, p_versions) WITH ORDINALITY AS u (tenant, type, id, version, n)
        JOIN resource r ON r.tenant = v_tenant AND r.type = u.type AND r.id = u.id
        WHERE u.tenant = v_tenant AND u.version IS NULL;
        CONTINUE WHEN array_remove(p_versions, NULL) = '{}';
        RETURN QUERY
        SELECT u.n - 1, v.version, v.last_updated, v.method, v.content
        FROM unnest(p_tenants, p_types, p_ids, p_versions) WITH ORDINALITY AS u (tenant, type, id, version, n)
        JOIN resource r ON r.tenant = v_tenant AND r.type = u.type AND r.id = u.id
        JOIN resource_version v ON v.seq = r.seq AND v.version = u.version
        WHERE u.tenant = v_tenant;
    END LOOP;
END
$$;
