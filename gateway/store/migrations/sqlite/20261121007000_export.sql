-- Bulk exports: what was asked, how far the preparing is, what there is to fetch. The resources themselves are read from their
-- versions when a file is fetched: nothing of them stands here.

CREATE TABLE export (
    id          TEXT    PRIMARY KEY,
    tenant      TEXT    NOT NULL,
    client      TEXT    NOT NULL,                -- who asked; nobody else may have it
    asked       BLOB    NOT NULL,                -- sealed: filters may name people
    at          INTEGER NOT NULL,                -- the moment it shows, microseconds since 1970 UTC
    expires     INTEGER NOT NULL,                -- until when it can be fetched
    progress    TEXT    NOT NULL,                -- a few words while it is prepared
    files       TEXT,                            -- what there is, JSON; NULL while it is prepared
    lease_until INTEGER NOT NULL                 -- until when whoever prepares it must be heard of again
) STRICT, WITHOUT ROWID;

-- one at a time is prepared for a client
CREATE UNIQUE INDEX export_under_way ON export (tenant, client) WHERE files IS NULL;
