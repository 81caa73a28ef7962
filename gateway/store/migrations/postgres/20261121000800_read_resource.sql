-- One version of a resource, read in one round trip: the tenant is set before row-level security looks.

CREATE FUNCTION read_resource(
    p_tenant text, p_type text, p_id text,
    p_version bigint)                            -- NULL for the current one
RETURNS TABLE (version bigint, last_updated bigint, method text, content text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('gateway.tenant', p_tenant, true);
    IF p_version IS NULL THEN
        RETURN QUERY
        SELECT r.version, r.last_updated, r.method, r.content
        FROM resource r
        WHERE r.tenant = p_tenant AND r.type = p_type AND r.id = p_id;
    ELSE
        RETURN QUERY
        SELECT v.version, v.last_updated, v.method, v.content
        FROM resource r JOIN resource_version v ON v.seq = r.seq
        WHERE r.tenant = p_tenant AND r.type = p_type AND r.id = p_id AND v.version = p_version;
    END IF;
END
$$;
