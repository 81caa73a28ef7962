-- Each resource of a group is found by its index, whatever the planner believes about a table it has not counted yet: in the
-- first minute of a database it otherwise walks all resources of the tenant for each group, and a first look at a
-- counterpart brings thousands.

CREATE OR REPLACE FUNCTION look_resources(
    p_tenant text, p_types text[], p_ids text[],
    p_hashes bytea[])                            -- content comes only where it has this hash
RETURNS TABLE (n bigint, seq bigint, version bigint, last_updated bigint, deleted boolean, content_hash bytea, content text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_there bigint[] := '{}';
BEGIN
    PERFORM set_config('gateway.tenant', p_tenant, true);
    FOR n, seq, version, last_updated, deleted, content_hash, content IN
        SELECT u.n - 1, r.seq, r.version, r.last_updated, r.deleted, r.content_hash,
               CASE WHEN r.content_hash = u.hash THEN r.content END
        FROM unnest(p_types, p_ids, p_hashes) WITH ORDINALITY AS u (type, id, hash, n)
        CROSS JOIN LATERAL (
            -- The number of a resource never changes.
            SELECT seq FROM resource
            WHERE tenant = p_tenant AND type = u.type AND id = u.id
            LIMIT 1) found
        JOIN resource r ON r.seq = found.seq
        ORDER BY r.type, r.id
        FOR UPDATE OF r
    LOOP
        v_there := v_there || seq;
        RETURN NEXT;
    END LOOP;
    RETURN QUERY
    SELECT -1::bigint, nextval(pg_get_serial_sequence('resource', 'seq')), NULL::bigint, NULL::bigint, NULL::boolean,
           NULL::bytea, NULL::text
    FROM generate_series(
        1, (SELECT count(DISTINCT (u.type, u.id)) FROM unnest(p_types, p_ids) AS u (type, id))
           - (SELECT count(DISTINCT u.seq) FROM unnest(v_there) AS u (seq)));
END
$$;
