-- The delivery queue: a lane per (link, resource), the deliveries in it by version, the attempts, what went over the
-- wire. Lanes and deliveries hold keys, never content.

CREATE TABLE lane (
    id            INTEGER PRIMARY KEY,
    link          TEXT    NOT NULL,
    tenant        TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    resource_id   TEXT    NOT NULL,
    pending       INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0), -- deliveries in state due
    due_at        INTEGER,                       -- when the oldest of them is next tried, microseconds since 1970 UTC
    waiting_since INTEGER,                       -- when the oldest of them was accepted
    lease_until   INTEGER,                       -- claimed until then; NULL when nobody has it
    epoch         INTEGER NOT NULL DEFAULT 0,    -- raised by each claim: fences settling
    note          TEXT,                          -- what the adapter wrote down at the last delivered version
    sent          INTEGER NOT NULL DEFAULT 0 CHECK (sent IN (0, 1)), -- whether anything ever left the house
    wake_at       INTEGER GENERATED ALWAYS AS (max(due_at, coalesce(lease_until, due_at))) VIRTUAL, -- first moment it can be claimed
    UNIQUE (link, tenant, type, resource_id),
    CHECK ((pending = 0) = (due_at IS NULL)),
    CHECK ((pending = 0) = (waiting_since IS NULL))
) STRICT;

CREATE INDEX lane_to_claim ON lane (link, wake_at) WHERE pending > 0;

CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY,
    lane       INTEGER NOT NULL REFERENCES lane (id),
    version    INTEGER NOT NULL CHECK (version >= 1), -- which version, and the order in the lane
    deleted    INTEGER NOT NULL CHECK (deleted IN (0, 1)), -- whether that version is the deletion
    state      TEXT    NOT NULL CHECK (state IN ('due', 'delivered', 'superseded', 'refused', 'withheld', 'dead')),
    reason     TEXT,                             -- why, without personal data
    created    INTEGER NOT NULL,                 -- accepted, microseconds since 1970 UTC
    since      INTEGER NOT NULL,                 -- accepted, or replayed last
    settled_at INTEGER,                          -- when it reached its final state
    attempts   INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0), -- tries so far, over all replays
    UNIQUE (lane, version),
    CHECK ((state = 'due') = (settled_at IS NULL))
) STRICT;

CREATE INDEX delivery_due ON delivery (lane, version) WHERE state = 'due';
CREATE INDEX delivery_failed ON delivery (id) WHERE state IN ('refused', 'dead');

CREATE TABLE attempt (
    delivery INTEGER NOT NULL REFERENCES delivery (id),
    number   INTEGER NOT NULL CHECK (number >= 1),
    at       INTEGER NOT NULL,                   -- began, microseconds since 1970 UTC
    took     INTEGER NOT NULL CHECK (took >= 0), -- microseconds
    outcome  TEXT    NOT NULL,
    reason   TEXT,
    PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchange (
    delivery INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    at       INTEGER NOT NULL,                   -- when the attempt began: retention counts from it
    body     BLOB    NOT NULL,                   -- nonce, AES-256-GCM ciphertext, tag; bound to (delivery, attempt)
    PRIMARY KEY (delivery, attempt),
    FOREIGN KEY (delivery, attempt) REFERENCES attempt (delivery, number)
) STRICT;

CREATE INDEX exchange_by_age ON exchange (at);

CREATE TABLE link_pause (
    link   TEXT    PRIMARY KEY,
    reason TEXT    NOT NULL,
    at     INTEGER NOT NULL                      -- since when
) STRICT, WITHOUT ROWID;
