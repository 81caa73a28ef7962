-- What a write takes away is found by its whole key, and deleted row by row or by where it lies. The policy of the tenant
-- walls is a condition the planner can enter an index with, and in a table that was empty when the plan was made that looks
-- as cheap as the right one: it then walks all that a tenant has, for each write, for as long as the session lives.

-- Deletes index rows that the caller's transaction keeps from moving. Nothing but a look at the place itself is allowed.
CREATE FUNCTION forget_index_rows(
    p_tokens tid[], p_strings tid[], p_dates tid[], p_references tid[], p_uris tid[], p_numbers tid[])
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
BEGIN
    IF cardinality(p_tokens) > 0 THEN
        DELETE FROM index_token WHERE ctid = ANY (p_tokens);
    END IF;
    IF cardinality(p_strings) > 0 THEN
        DELETE FROM index_string WHERE ctid = ANY (p_strings);
    END IF;
    IF cardinality(p_dates) > 0 THEN
        DELETE FROM index_date WHERE ctid = ANY (p_dates);
    END IF;
    IF cardinality(p_references) > 0 THEN
        DELETE FROM index_reference WHERE ctid = ANY (p_references);
    END IF;
    IF cardinality(p_uris) > 0 THEN
        DELETE FROM index_uri WHERE ctid = ANY (p_uris);
    END IF;
    IF cardinality(p_numbers) > 0 THEN
        DELETE FROM index_number WHERE ctid = ANY (p_numbers);
    END IF;
END
$$;

-- Deletes the index rows of resources that the caller holds the locks of. Only the index by resource brings a resource's
-- rows in the order of their parameters, and sorting is not allowed.
CREATE FUNCTION forget_index(p_seqs bigint[])
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_sort = off AS $$
BEGIN
    PERFORM forget_index_rows(
        ARRAY(SELECT i.ctid FROM unnest(p_seqs) AS u (seq)
              CROSS JOIN LATERAL (SELECT ctid FROM index_token WHERE seq = u.seq ORDER BY parameter) i),
        ARRAY(SELECT i.ctid FROM unnest(p_seqs) AS u (seq)
              CROSS JOIN LATERAL (SELECT ctid FROM index_string WHERE seq = u.seq ORDER BY parameter) i),
        ARRAY(SELECT i.ctid FROM unnest(p_seqs) AS u (seq)
              CROSS JOIN LATERAL (SELECT ctid FROM index_date WHERE seq = u.seq ORDER BY parameter) i),
        ARRAY(SELECT i.ctid FROM unnest(p_seqs) AS u (seq)
              CROSS JOIN LATERAL (SELECT ctid FROM index_reference WHERE seq = u.seq ORDER BY parameter) i),
        ARRAY(SELECT i.ctid FROM unnest(p_seqs) AS u (seq)
              CROSS JOIN LATERAL (SELECT ctid FROM index_uri WHERE seq = u.seq ORDER BY parameter) i),
        ARRAY(SELECT i.ctid FROM unnest(p_seqs) AS u (seq)
              CROSS JOIN LATERAL (SELECT ctid FROM index_number WHERE seq = u.seq ORDER BY parameter) i));
END
$$;

-- As in 20261121003257, over that of 20261121003400: the lock is taken where the row is found, without a second way to it.
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
    v_place bigint;
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
        FOR v_place IN SELECT u.n FROM unnest(p_rows) WITH ORDINALITY AS u (kind, n) WHERE u.kind = 2 LOOP
            UPDATE resource
            SET version = p_versions[v_place], last_updated = p_ats[v_place], deleted = p_texts[v_place] IS NULL,
                method = p_methods[v_place], content = p_texts[v_place], content_hash = p_hashes[v_place]
            WHERE tenant = p_tenant AND type = p_types[v_place] AND id = p_ids[v_place];
        END LOOP;
        PERFORM forget_index(ARRAY(SELECT u.seq FROM unnest(p_seqs, p_rows) AS u (seq, kind) WHERE u.kind = 2));
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

    FOR v_place IN 1 .. cardinality(p_released_spaces) LOOP
        DELETE FROM counterpart_key
        WHERE tenant = p_tenant AND space = p_released_spaces[v_place] AND value = p_released_values[v_place];
    END LOOP;
    IF cardinality(p_bound_spaces) > 0 THEN
        INSERT INTO counterpart_key (tenant, space, value, type, resource_id)
        SELECT p_tenant, u.space, u.value, u.type, u.id
        FROM unnest(p_bound_spaces, p_bound_values, p_bound_types, p_bound_ids) AS u (space, value, type, id);
    END IF;
END
$$;

-- One write, as 20261121000700 describes it, with the keys in whole and the settings of a group.
CREATE OR REPLACE FUNCTION write_resource(
    p_tenant text, p_type text, p_id text, p_at bigint,
    p_head text, p_tail text,                    -- the text around its version's number; NULL deletes
    p_hash bytea, p_method text, p_origin text, p_request_id text, p_interaction text,
    p_precondition text, p_versions bigint[],    -- any, exists, absent, version (one of these)
    p_links text[],
    p_bind_spaces text[], p_bind_values text[], p_release_spaces text[], p_release_values text[],
    p_token_parameters text[], p_token_codes text[], p_token_systems text[],
    p_string_parameters text[], p_string_values text[],
    p_date_parameters text[], p_date_starts bigint[], p_date_ends bigint[],
    p_reference_parameters text[], p_reference_types text[], p_reference_ids text[],
    p_uri_parameters text[], p_uri_values text[],
    p_number_parameters text[], p_number_values text[], p_number_units text[])
-- outcome: created, updated, deleted, unchanged; refused when the precondition does not hold (version: the living one).
-- content: of an unchanged resource only; the caller knows the new text.
RETURNS TABLE (outcome text, version bigint, last_updated bigint, content text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_seq          bigint;
    v_version      bigint;
    v_last_updated bigint;
    v_deleted      boolean;
    v_hash         bytea;
    v_content      text;
    v_outcome      text;
    v_there        boolean;
    v_lives        boolean;
    v_bound        bigint;
    v_place        bigint;
BEGIN
    PERFORM set_config('gateway.tenant', p_tenant, true);

    LOOP
        SELECT r.seq, r.version, r.last_updated, r.deleted, r.content_hash
        INTO v_seq, v_version, v_last_updated, v_deleted, v_hash
        FROM resource r
        WHERE r.tenant = p_tenant AND r.type = p_type AND r.id = p_id
        FOR UPDATE;
        v_there := FOUND;
        v_lives := v_there AND NOT v_deleted;

        IF NOT (p_precondition = 'any'
                OR p_precondition = 'exists' AND v_lives
                OR p_precondition = 'absent' AND NOT v_lives
                OR p_precondition = 'version' AND v_lives AND v_version = ANY (p_versions))
        THEN
            RETURN QUERY SELECT 'refused', CASE WHEN v_lives THEN v_version END, NULL::bigint, NULL::text;
            RETURN;
        END IF;

        IF p_tail IS NULL AND NOT v_lives OR v_lives AND v_hash = p_hash THEN
            v_outcome := 'unchanged';
            v_version := coalesce(v_version, 0);
            v_last_updated := coalesce(v_last_updated, p_at);
            SELECT r.content INTO v_content
            FROM resource r
            WHERE r.tenant = p_tenant AND r.type = p_type AND r.id = p_id;
            EXIT;
        END IF;

        v_outcome := CASE WHEN p_tail IS NULL THEN 'deleted' WHEN v_lives THEN 'updated' ELSE 'created' END;
        v_version := coalesce(v_version, 0) + 1;
        v_last_updated := p_at;

        IF v_there THEN
            UPDATE resource
            SET version = v_version, last_updated = p_at, deleted = p_tail IS NULL, method = p_method,
                content = p_head || v_version || p_tail, content_hash = p_hash
            WHERE tenant = p_tenant AND type = p_type AND id = p_id;
            EXIT;
        END IF;

        INSERT INTO resource (tenant, type, id, version, last_updated, deleted, method, content, content_hash)
        VALUES (p_tenant, p_type, p_id, 1, p_at, FALSE, p_method, p_head || '1' || p_tail, p_hash)
        ON CONFLICT (tenant, type, id) DO NOTHING
        RETURNING seq INTO v_seq;
        EXIT WHEN FOUND;
        -- Somebody else made it in between: look again.
    END LOOP;

    IF v_outcome <> 'unchanged' THEN
        INSERT INTO resource_version (seq, tenant, type, version, last_updated, deleted, method, origin, content)
        VALUES (v_seq, p_tenant, p_type, v_version, p_at, p_tail IS NULL, p_method, p_origin,
                p_head || v_version || p_tail);

        IF v_version > 1 THEN
            PERFORM forget_index(ARRAY[v_seq]);
        END IF;
        IF cardinality(p_token_codes) > 0 THEN
            INSERT INTO index_token (seq, tenant, type, parameter, code, system)
            SELECT v_seq, p_tenant, p_type, u.*
            FROM unnest(p_token_parameters, p_token_codes, p_token_systems) u;
        END IF;
        IF cardinality(p_string_values) > 0 THEN
            INSERT INTO index_string (seq, tenant, type, parameter, value)
            SELECT v_seq, p_tenant, p_type, u.* FROM unnest(p_string_parameters, p_string_values) u;
        END IF;
        IF cardinality(p_date_starts) > 0 THEN
            INSERT INTO index_date (seq, tenant, type, parameter, start_at, end_at)
            SELECT v_seq, p_tenant, p_type, u.*
            FROM unnest(p_date_parameters, p_date_starts, p_date_ends) u;
        END IF;
        IF cardinality(p_reference_ids) > 0 THEN
            INSERT INTO index_reference (seq, tenant, type, parameter, target_type, target_id)
            SELECT v_seq, p_tenant, p_type, u.*
            FROM unnest(p_reference_parameters, p_reference_types, p_reference_ids) u;
        END IF;
        IF cardinality(p_uri_values) > 0 THEN
            INSERT INTO index_uri (seq, tenant, type, parameter, value)
            SELECT v_seq, p_tenant, p_type, u.* FROM unnest(p_uri_parameters, p_uri_values) u;
        END IF;
        IF cardinality(p_number_values) > 0 THEN
            INSERT INTO index_number (seq, tenant, type, parameter, value, unit)
            SELECT v_seq, p_tenant, p_type, u.*
            FROM unnest(p_number_parameters, p_number_values, p_number_units) u;
        END IF;

        IF cardinality(p_links) > 0 THEN
            WITH raised AS (
                INSERT INTO lane AS l (link, tenant, type, resource_id, pending, due_at, waiting_since)
                SELECT link, p_tenant, p_type, p_id, 1, p_at, p_at
                FROM unnest(p_links) AS u (link)
                ON CONFLICT (link, tenant, type, resource_id) DO UPDATE
                SET pending = l.pending + 1,
                    due_at = coalesce(l.due_at, excluded.due_at),
                    waiting_since = coalesce(l.waiting_since, excluded.waiting_since)
                RETURNING l.id)
            INSERT INTO delivery (lane, version, deleted, state, created, since)
            SELECT raised.id, v_version, p_tail IS NULL, 'due', p_at, p_at FROM raised;
        END IF;
    END IF;

    INSERT INTO audit (at, tenant, origin, request_id, interaction, type, resource_id, version, outcome)
    VALUES (p_at, p_tenant, p_origin, p_request_id, p_interaction, p_type, p_id, v_version, v_outcome);

    FOR v_place IN 1 .. cardinality(p_release_spaces) LOOP
        DELETE FROM counterpart_key
        WHERE tenant = p_tenant AND space = p_release_spaces[v_place] AND value = p_release_values[v_place]
          AND type = p_type AND resource_id = p_id;
    END LOOP;
    IF cardinality(p_bind_spaces) > 0 AND v_version > 0 THEN
        -- In one order, so that two writes that want the same keys do not wait for each other.
        INSERT INTO counterpart_key AS k (tenant, space, value, type, resource_id)
        SELECT DISTINCT p_tenant, u.space, u.value, p_type, p_id
        FROM unnest(p_bind_spaces, p_bind_values) AS u (space, value)
        ORDER BY 2, 3
        ON CONFLICT (tenant, space, value) DO NOTHING;
        SELECT count(*) INTO v_bound
        FROM unnest(p_bind_spaces, p_bind_values) AS u (space, value)
        CROSS JOIN LATERAL (
            SELECT type, resource_id FROM counterpart_key
            WHERE tenant = p_tenant AND space = u.space AND value = u.value
            LIMIT 1) k
        WHERE k.type = p_type AND k.resource_id = p_id;
        IF v_bound <> cardinality(p_bind_spaces) THEN
            RAISE EXCEPTION USING ERRCODE = 'ZT001', MESSAGE = 'the key is taken';
        END IF;
    END IF;

    RETURN QUERY SELECT v_outcome, v_version, v_last_updated, v_content;
END
$$;
