-- Row-level security under everything that is a tenant's content. FORCE: it binds the owner of the tables too, which is
-- the role the gateway connects as. A transaction says whose it is with gateway.tenant; one that does not sees nothing.
-- NULLIF: after a SET LOCAL the setting reads '' on that connection, and '' is no tenant.
-- The queue's tables hold keys and sealed bodies, no content, and serve all tenants at once: they have no walls.

DO $$
DECLARE
    content text;
BEGIN
    FOREACH content IN ARRAY ARRAY[
        'resource', 'resource_version', 'counterpart_key', 'audit', 'index_token', 'index_string', 'index_date',
        'index_reference', 'index_uri', 'index_number']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', content);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', content);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (tenant = NULLIF(current_setting(''gateway.tenant'', true), ''''))',
            content);
    END LOOP;
END
$$;
