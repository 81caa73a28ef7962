-- Each resource of a group is found by its whole key. A join leaves the planner to begin with all that a tenant has, which
-- looks cheap while that is little, and a session keeps the plan when it has become much. What stands in a subquery with
-- a LIMIT is looked for once per row of the list, whatever the planner thinks.

CREATE OR REPLACE FUNCTION read_resources(
    p_tenants text[], p_types text[], p_ids text[],
    p_versions bigint[])                         -- NULL for the current one
RETURNS TABLE (n bigint, version bigint, last_updated bigint, method text, content text) -- n: place in the lists, from 0
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_tenant text;
BEGIN
    FOR v_tenant IN SELECT DISTINCT u.tenant FROM unnest(p_tenants) AS u (tenant) LOOP
        PERFORM set_config('gateway.tenant', v_tenant, true);
        RETURN QUERY
        SELECT u.n - 1, r.version, r.last_updated, r.method, r.content
        FROM unnest(p_tenants, p_types, p_ids, p_versions) WITH ORDINALITY AS u (tenant, type, id, version, n)
        CROSS JOIN LATERAL (
            SELECT * FROM resource
            WHERE resource.tenant = v_tenant AND resource.type = u.type AND resource.id = u.id
            LIMIT 1) r
        WHERE u.tenant = v_tenant AND u.version IS NULL;
        CONTINUE WHEN array_remove(p_versions, NULL) = '{}';
        RETURN QUERY
        SELECT u.n - 1, v.version, v.last_updated, v.method, v.content
        FROM unnest(p_tenants, p_types, p_ids, p_versions) WITH ORDINALITY AS u (tenant, type, id, version, n)
        CROSS JOIN LATERAL (
            SELECT * FROM resource
            WHERE resource.tenant = v_tenant AND resource.type = u.type AND resource.id = u.id
            LIMIT 1) r
        CROSS JOIN LATERAL (
            SELECT * FROM resource_version
            WHERE resource_version.seq = r.seq AND resource_version.version = u.version
            LIMIT 1) v
        WHERE u.tenant = v_tenant;
    END LOOP;
END
$$;

-- Locks the resources of a group, in the order of their keys, and tells where they stand: n is the place in the lists,
-- from 0. A row with n = -1 for each that is not there brings the number it gets when it is stored.
CREATE OR REPLACE FUNCTION look_resources(
    p_tenant text, p_types text[], p_ids text[],
    p_hashes bytea[])                            -- content comes only where it has this hash
RETURNS TABLE (n bigint, seq bigint, version bigint, last_updated bigint, deleted boolean, content_hash bytea, content text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_there bigint[] := '{}';
BEGIN
    PERFORM set_config('gateway.tenant', p_tenant, true);
    FOR n, seq, version, last_updated, deleted, content_hash, content IN
        SELECT u.n - 1, r.seq, r.version, r.last_updated, r.deleted, r.content_hash,
               CASE WHEN r.content_hash = u.hash THEN r.content END
        FROM (SELECT * FROM unnest(p_types, p_ids, p_hashes) WITH ORDINALITY AS u (type, id, hash, n)
              ORDER BY u.type COLLATE "C", u.id COLLATE "C") u
        CROSS JOIN LATERAL (
            SELECT * FROM resource
            WHERE resource.tenant = p_tenant AND resource.type = u.type AND resource.id = u.id
            LIMIT 1
            FOR UPDATE) r
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

-- Stores what was decided. Each list is sorted the way all writers take their locks. Who made a new resource or bound a
-- key in between is told by the unique index, and the group is done again.
CREATE OR REPLACE FUNCTION write_group(
    p_tenant text,
    p_seqs bigint[], p_types text[], p_ids text[], p_versions bigint[], p_ats bigint[], p_methods text[],
    p_origins text[], p_texts text[],            -- NULL deletes
    p_hashes bytea[],
    p_rows smallint[],                           -- the resource's row: 0 stays (the group has a newer one), 1 is new, 2 is there
    p_audit_ats bigint[], p_audit_origins text[], p_audit_request_ids text[], p_audit_interactions text[],
    p_audit_types text[], p_audit_ids text[], p_audit_versions bigint[], p_audit_outcomes text[],
    p_token_seqs bigint[], p_token_types text[], p_token_parameters text[], p_token_codes text[],
    p_token_systems text[],
    p_string_seqs bigint[], p_string_types text[], p_string_parameters text[], p_string_values text[],
    p_date_seqs bigint[], p_date_types text[], p_date_parameters text[], p_date_starts bigint[],
    p_date_ends bigint[],
    p_reference_seqs bigint[], p_reference_types text[], p_reference_parameters text[],
    p_reference_target_types text[], p_reference_target_ids text[],
    p_uri_seqs bigint[], p_uri_types text[], p_uri_parameters text[], p_uri_values text[],
    p_number_seqs bigint[], p_number_types text[], p_number_parameters text[], p_number_values text[],
    p_number_units text[],
    p_lane_links text[], p_lane_types text[], p_lane_ids text[], p_lane_pending bigint[], p_lane_ats bigint[],
    p_due_links text[], p_due_types text[], p_due_ids text[], p_due_versions bigint[], p_due_deleted boolean[],
    p_due_ats bigint[],
    p_released_spaces text[], p_released_values text[],
    p_bound_spaces text[], p_bound_values text[], p_bound_types text[], p_bound_ids text[])
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_replaced bigint[];
BEGIN
    PERFORM set_config('gateway.tenant', p_tenant, true);

    IF 1 = ANY (p_rows) THEN
        INSERT INTO resource (seq, tenant, type, id, version, last_updated, deleted, method, content, content_hash)
        OVERRIDING SYSTEM VALUE
        SELECT u.seq, p_tenant, u.type, u.id, u.version, u.at, u.content IS NULL, u.method, u.content, u.hash
        FROM unnest(p_seqs, p_types, p_ids, p_versions, p_ats, p_methods, p_texts, p_hashes, p_rows)
            AS u (seq, type, id, version, at, method, content, hash, kind)
        WHERE u.kind = 1
        ORDER BY u.type, u.id;
    END IF;
    IF 2 = ANY (p_rows) THEN
        v_replaced := ARRAY(SELECT u.seq FROM unnest(p_seqs, p_rows) AS u (seq, kind) WHERE u.kind = 2);
        UPDATE resource r
        SET version = u.version, last_updated = u.at, deleted = u.content IS NULL, method = u.method,
            content = u.content, content_hash = u.hash
        FROM unnest(p_seqs, p_versions, p_ats, p_methods, p_texts, p_hashes, p_rows)
            AS u (seq, version, at, method, content, hash, kind)
        WHERE r.seq = u.seq AND u.kind = 2 AND r.seq = ANY (v_replaced);
        DELETE FROM index_token WHERE seq = ANY (v_replaced);
        DELETE FROM index_string WHERE seq = ANY (v_replaced);
        DELETE FROM index_date WHERE seq = ANY (v_replaced);
        DELETE FROM index_reference WHERE seq = ANY (v_replaced);
        DELETE FROM index_uri WHERE seq = ANY (v_replaced);
        DELETE FROM index_number WHERE seq = ANY (v_replaced);
    END IF;

    IF cardinality(p_seqs) > 0 THEN
        INSERT INTO resource_version (seq, tenant, type, version, last_updated, deleted, method, origin, content)
        SELECT u.seq, p_tenant, u.type, u.version, u.at, u.content IS NULL, u.method, u.origin, u.content
        FROM unnest(p_seqs, p_types, p_versions, p_ats, p_methods, p_origins, p_texts)
            AS u (seq, type, version, at, method, origin, content);
    END IF;
    IF cardinality(p_token_seqs) > 0 THEN
        INSERT INTO index_token (seq, tenant, type, parameter, code, system)
        SELECT u.seq, p_tenant, u.type, u.parameter, u.code, u.system
        FROM unnest(p_token_seqs, p_token_types, p_token_parameters, p_token_codes, p_token_systems)
            AS u (seq, type, parameter, code, system);
    END IF;
    IF cardinality(p_string_seqs) > 0 THEN
        INSERT INTO index_string (seq, tenant, type, parameter, value)
        SELECT u.seq, p_tenant, u.type, u.parameter, u.value
        FROM unnest(p_string_seqs, p_string_types, p_string_parameters, p_string_values)
            AS u (seq, type, parameter, value);
    END IF;
    IF cardinality(p_date_seqs) > 0 THEN
        INSERT INTO index_date (seq, tenant, type, parameter, start_at, end_at)
        SELECT u.seq, p_tenant, u.type, u.parameter, u.start_at, u.end_at
        FROM unnest(p_date_seqs, p_date_types, p_date_parameters, p_date_starts, p_date_ends)
            AS u (seq, type, parameter, start_at, end_at);
    END IF;
    IF cardinality(p_reference_seqs) > 0 THEN
        INSERT INTO index_reference (seq, tenant, type, parameter, target_type, target_id)
        SELECT u.seq, p_tenant, u.type, u.parameter, u.target_type, u.target_id
        FROM unnest(p_reference_seqs, p_reference_types, p_reference_parameters, p_reference_target_types,
                    p_reference_target_ids) AS u (seq, type, parameter, target_type, target_id);
    END IF;
    IF cardinality(p_uri_seqs) > 0 THEN
        INSERT INTO index_uri (seq, tenant, type, parameter, value)
        SELECT u.seq, p_tenant, u.type, u.parameter, u.value
        FROM unnest(p_uri_seqs, p_uri_types, p_uri_parameters, p_uri_values) AS u (seq, type, parameter, value);
    END IF;
    IF cardinality(p_number_seqs) > 0 THEN
        INSERT INTO index_number (seq, tenant, type, parameter, value, unit)
        SELECT u.seq, p_tenant, u.type, u.parameter, u.value, u.unit
        FROM unnest(p_number_seqs, p_number_types, p_number_parameters, p_number_values, p_number_units)
            AS u (seq, type, parameter, value, unit);
    END IF;

    IF cardinality(p_lane_links) > 0 THEN
        INSERT INTO lane AS l (link, tenant, type, resource_id, pending, due_at, waiting_since)
        SELECT u.link, p_tenant, u.type, u.id, u.pending, u.at, u.at
        FROM unnest(p_lane_links, p_lane_types, p_lane_ids, p_lane_pending, p_lane_ats)
            AS u (link, type, id, pending, at)
        ON CONFLICT (link, tenant, type, resource_id) DO UPDATE
        SET pending = l.pending + excluded.pending,
            due_at = coalesce(l.due_at, excluded.due_at),
            waiting_since = coalesce(l.waiting_since, excluded.waiting_since);
        INSERT INTO delivery (lane, version, deleted, state, created, since)
        SELECT l.id, u.version, u.deleted, 'due', u.at, u.at
        FROM unnest(p_due_links, p_due_types, p_due_ids, p_due_versions, p_due_deleted, p_due_ats)
            AS u (link, type, id, version, deleted, at)
        CROSS JOIN LATERAL (
            SELECT id FROM lane
            WHERE lane.link = u.link AND lane.tenant = p_tenant AND lane.type = u.type AND lane.resource_id = u.id
            LIMIT 1) l;
    END IF;

    INSERT INTO audit (at, tenant, origin, request_id, interaction, type, resource_id, version, outcome)
    SELECT u.at, p_tenant, u.origin, u.request_id, u.interaction, u.type, u.id, u.version, u.outcome
    FROM unnest(p_audit_ats, p_audit_origins, p_audit_request_ids, p_audit_interactions, p_audit_types,
                p_audit_ids, p_audit_versions, p_audit_outcomes)
        AS u (at, origin, request_id, interaction, type, id, version, outcome);

    IF cardinality(p_released_spaces) > 0 THEN
        DELETE FROM counterpart_key k
        USING unnest(p_released_spaces, p_released_values) AS u (space, value)
        WHERE k.tenant = p_tenant AND k.space = u.space AND k.value = u.value;
    END IF;
    IF cardinality(p_bound_spaces) > 0 THEN
        INSERT INTO counterpart_key (tenant, space, value, type, resource_id)
        SELECT p_tenant, u.space, u.value, u.type, u.id
        FROM unnest(p_bound_spaces, p_bound_values, p_bound_types, p_bound_ids) AS u (space, value, type, id);
    END IF;
END
$$;
