-- By which definitions the index rows were made, and how far a job is that makes them anew. One row; no content, so no walls.

CREATE TABLE reindex (
    one          SMALLINT PRIMARY KEY CHECK (one = 1),
    made         TEXT,                           -- fingerprint of the definitions that all rows are made by; NULL until known
    target       TEXT,                           -- the one the rows are being made by now; NULL when there is nothing to do
    tenant       TEXT COLLATE "C" NOT NULL DEFAULT '', -- whose resources it is at, in order
    type         TEXT COLLATE "C" NOT NULL DEFAULT '', -- of which type
    seq          BIGINT NOT NULL DEFAULT 0,      -- the last that is done of them
    done         BIGINT NOT NULL DEFAULT 0,      -- how many are done
    leased_by    TEXT,                           -- the process that does it
    leased_until BIGINT NOT NULL DEFAULT 0       -- microseconds since 1970 UTC
);

INSERT INTO reindex (one) VALUES (1);
