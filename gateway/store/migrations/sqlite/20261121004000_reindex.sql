-- By which definitions the index rows were made, and how far a job is that makes them anew. One row.

CREATE TABLE reindex (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    made         TEXT,                           -- fingerprint of the definitions that all rows are made by; NULL until known
    target       TEXT,                           -- the one the rows are being made by now; NULL when there is nothing to do
    tenant       TEXT    NOT NULL DEFAULT '',    -- whose resources it is at, in order
    type         TEXT    NOT NULL DEFAULT '',    -- of which type
    seq          INTEGER NOT NULL DEFAULT 0,     -- the last that is done of them
    done         INTEGER NOT NULL DEFAULT 0,     -- how many are done
    leased_by    TEXT,                           -- the process that does it
    leased_until INTEGER NOT NULL DEFAULT 0      -- microseconds since 1970 UTC
) STRICT;

INSERT INTO reindex (one) VALUES (1);
