-- One write, whole: looked at, decided, version, index, audit, keys, deliveries. One call is one statement, and so one
-- round trip and one commit. A function and not a CTE, for two reasons (README.md, "The way of a write"):
-- the tenant must be set before row-level security looks, and only a statement before the others is that for certain;
-- and each statement in here sees what was committed before it began, so that whoever had to wait for the row's lock
-- replaces the index rows that are there then, not those that were there when it began to wait.

CREATE FUNCTION write_resource(
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
LANGUAGE plpgsql AS $$
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
            SELECT r.content INTO v_content FROM resource r WHERE r.seq = v_seq;
            EXIT;
        END IF;

        v_outcome := CASE WHEN p_tail IS NULL THEN 'deleted' WHEN v_lives THEN 'updated' ELSE 'created' END;
        v_version := coalesce(v_version, 0) + 1;
        v_last_updated := p_at;

        IF v_there THEN
            UPDATE resource
            SET version = v_version, last_updated = p_at, deleted = p_tail IS NULL, method = p_method,
                content = p_head || v_version || p_tail, content_hash = p_hash
            WHERE seq = v_seq;
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
            DELETE FROM index_token WHERE seq = v_seq;
            DELETE FROM index_string WHERE seq = v_seq;
            DELETE FROM index_date WHERE seq = v_seq;
            DELETE FROM index_reference WHERE seq = v_seq;
            DELETE FROM index_uri WHERE seq = v_seq;
            DELETE FROM index_number WHERE seq = v_seq;
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

    IF cardinality(p_release_spaces) > 0 THEN
        DELETE FROM counterpart_key k
        USING unnest(p_release_spaces, p_release_values) AS u (space, value)
        WHERE k.tenant = p_tenant AND k.space = u.space AND k.value = u.value
          AND k.type = p_type AND k.resource_id = p_id;
    END IF;
    IF cardinality(p_bind_spaces) > 0 AND v_version > 0 THEN
        -- In one order, so that two writes that want the same keys do not wait for each other.
        INSERT INTO counterpart_key AS k (tenant, space, value, type, resource_id)
        SELECT DISTINCT p_tenant, u.space, u.value, p_type, p_id
        FROM unnest(p_bind_spaces, p_bind_values) AS u (space, value)
        ORDER BY 2, 3
        ON CONFLICT (tenant, space, value) DO NOTHING;
        SELECT count(*) INTO v_bound
        FROM unnest(p_bind_spaces, p_bind_values) AS u (space, value)
        JOIN counterpart_key k ON k.tenant = p_tenant AND k.space = u.space AND k.value = u.value
        WHERE k.type = p_type AND k.resource_id = p_id;
        IF v_bound <> cardinality(p_bind_spaces) THEN
            RAISE EXCEPTION USING ERRCODE = 'ZT001', MESSAGE = 'the key is taken';
        END IF;
    END IF;

    RETURN QUERY SELECT v_outcome, v_version, v_last_updated, v_content;
END
$$;
