-- The resources: what is current, every version there was, and the keys counterparts know them by.

CREATE TABLE resource (
    seq          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of first storing: what pages of a search are cut by
    tenant       TEXT COLLATE "C" NOT NULL,              -- whose
    type         TEXT COLLATE "C" NOT NULL,              -- FHIR resource type
    id           TEXT COLLATE "C" NOT NULL,              -- logical id; case counts
    version      BIGINT NOT NULL CHECK (version >= 1),
    last_updated BIGINT NOT NULL,                        -- of this version, microseconds since 1970 UTC
    deleted      BOOLEAN NOT NULL,
    method       TEXT NOT NULL CHECK (method IN ('POST', 'PUT', 'DELETE')), -- how this version came to be
    content      TEXT,                                   -- the text as it is answered, byte for byte
    content_hash BYTEA,                                  -- SHA-256 of what the client owns: same hash, no new version
    UNIQUE (tenant, type, id),
    CHECK (deleted = (content IS NULL)),
    CHECK ((content IS NULL) = (content_hash IS NULL))
);

-- all of a type in page order
CREATE INDEX resource_by_type ON resource (tenant, type, seq) WHERE deleted = FALSE;
-- what changed since
CREATE INDEX resource_by_time ON resource (tenant, type, last_updated) WHERE deleted = FALSE;

CREATE TABLE resource_version (
    vseq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of storing, over all resources: the order of a type's history
    seq          BIGINT NOT NULL,                        -- resource.seq
    tenant       TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL CHECK (version >= 1),
    last_updated BIGINT NOT NULL,                        -- microseconds since 1970 UTC
    deleted      BOOLEAN NOT NULL,
    method       TEXT NOT NULL CHECK (method IN ('POST', 'PUT', 'DELETE')),
    origin       TEXT NOT NULL,                          -- the way in: client:…, link:…, system
    content      TEXT,                                   -- NULL for a tombstone
    UNIQUE (seq, version),
    CHECK (deleted = (content IS NULL))
);

CREATE INDEX resource_version_by_type ON resource_version (tenant, type, vseq);

CREATE TABLE counterpart_key (
    tenant       TEXT COLLATE "C" NOT NULL,
    space        TEXT COLLATE "C" NOT NULL,              -- whose key, of what kind
    value        TEXT COLLATE "C" NOT NULL,              -- the key; never a BSN in clear
    type         TEXT COLLATE "C" NOT NULL,              -- the resource it names
    resource_id  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, space, value)
);
