-- One compact row per write, made in its transaction; rendered as a FHIR AuditEvent when it is read.

CREATE TABLE audit (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           BIGINT NOT NULL,                        -- microseconds since 1970 UTC
    tenant       TEXT COLLATE "C" NOT NULL,
    origin       TEXT NOT NULL,                          -- who: client:…, link:…, system
    request_id   TEXT NOT NULL,
    interaction  TEXT NOT NULL CHECK (interaction IN ('create', 'read', 'update', 'delete', 'search')),
    type         TEXT COLLATE "C" NOT NULL,              -- of which resource
    resource_id  TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,                        -- current afterwards; 0 when there never was one
    outcome      TEXT NOT NULL CHECK (outcome IN ('created', 'updated', 'deleted', 'unchanged'))
);
