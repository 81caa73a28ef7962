-- Bulk exports: what was asked, how far the preparing is, what there is to fetch. The resources themselves are read from their
-- versions when a file is fetched: nothing of them stands here.

CREATE TABLE export (
    id          TEXT COLLATE "C" PRIMARY KEY,
    tenant      TEXT COLLATE "C" NOT NULL,
    client      TEXT COLLATE "C" NOT NULL,                -- who asked; nobody else may have it
    asked       BYTEA NOT NULL,                -- sealed: filters may name people
    at          BIGINT NOT NULL,                -- the moment it shows, microseconds since 1970 UTC
    expires     BIGINT NOT NULL,                -- until when it can be fetched
    progress    TEXT COLLATE "C" NOT NULL,                -- a few words while it is prepared
    files       TEXT,                            -- what there is, JSON; NULL while it is prepared
    lease_until BIGINT NOT NULL                 -- until when whoever prepares it must be heard of again
);

-- one at a time is prepared for a client
CREATE UNIQUE INDEX export_under_way ON export (tenant, client) WHERE files IS NULL;
