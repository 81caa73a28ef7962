-- The resources: what is current, every version there was, and the keys counterparts know them by.

CREATE TABLE resource (
    seq          INTEGER PRIMARY KEY,            -- order of first storing: what pages of a search are cut by
    tenant       TEXT    NOT NULL,               -- whose
    type         TEXT    NOT NULL,               -- FHIR resource type
    id           TEXT    NOT NULL,               -- logical id; case counts
    version      INTEGER NOT NULL CHECK (version >= 1),
    last_updated INTEGER NOT NULL,               -- of this version, microseconds since 1970 UTC
    deleted      INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    method       TEXT    NOT NULL CHECK (method IN ('POST', 'PUT', 'DELETE')), -- how this version came to be
    content      TEXT,                           -- the text as it is answered, byte for byte
    content_hash BLOB,                           -- SHA-256 of what the client owns: same hash, no new version
    UNIQUE (tenant, type, id),
    CHECK ((deleted = 1) = (content IS NULL)),
    CHECK ((content IS NULL) = (content_hash IS NULL))
) STRICT;

-- all of a type in page order
CREATE INDEX resource_by_type ON resource (tenant, type, seq) WHERE deleted = FALSE;
-- what changed since
CREATE INDEX resource_by_time ON resource (tenant, type, last_updated) WHERE deleted = FALSE;

CREATE TABLE resource_version (
    vseq         INTEGER PRIMARY KEY,            -- order of storing, over all resources: the order of a type's history
    seq          INTEGER NOT NULL,               -- resource.seq
    tenant       TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    version      INTEGER NOT NULL CHECK (version >= 1),
    last_updated INTEGER NOT NULL,               -- microseconds since 1970 UTC
    deleted      INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    method       TEXT    NOT NULL CHECK (method IN ('POST', 'PUT', 'DELETE')),
    origin       TEXT    NOT NULL,               -- the way in: client:…, link:…, system
    content      TEXT,                           -- NULL for a tombstone
    UNIQUE (seq, version),
    CHECK ((deleted = 1) = (content IS NULL))
) STRICT;

CREATE INDEX resource_version_by_type ON resource_version (tenant, type, vseq);

CREATE TABLE counterpart_key (
    tenant      TEXT NOT NULL,
    space       TEXT NOT NULL,                   -- whose key, of what kind
    value       TEXT NOT NULL,                   -- the key; never a BSN in clear
    type        TEXT NOT NULL,                   -- the resource it names
    resource_id TEXT NOT NULL,
    PRIMARY KEY (tenant, space, value)
) STRICT, WITHOUT ROWID;
