-- The delivery queue: a lane per (link, resource), the deliveries in it by version, the attempts, what went over the
-- wire. Lanes and deliveries hold keys, never content.

CREATE TABLE lane (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link         TEXT COLLATE "C" NOT NULL,
    tenant       TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL,
    resource_id  TEXT COLLATE "C" NOT NULL,
    pending      BIGINT NOT NULL DEFAULT 0 CHECK (pending >= 0), -- deliveries in state due
    due_at       BIGINT,                                 -- when the oldest of them is next tried, microseconds since 1970 UTC
    waiting_since BIGINT,                                -- when the oldest of them was accepted
    lease_until  BIGINT,                                 -- claimed until then; NULL when nobody has it
    epoch        BIGINT NOT NULL DEFAULT 0,              -- raised by each claim: fences settling
    note         TEXT,                                   -- what the adapter wrote down at the last delivered version
    sent         BOOLEAN NOT NULL DEFAULT FALSE,         -- whether anything ever left the house
    wake_at      BIGINT GENERATED ALWAYS AS (CASE WHEN due_at IS NOT NULL THEN greatest(due_at, coalesce(lease_until, due_at)) END) STORED, -- first moment it can be claimed
    UNIQUE (link, tenant, type, resource_id),
    CHECK ((pending = 0) = (due_at IS NULL)),
    CHECK ((pending = 0) = (waiting_since IS NULL))
);

CREATE INDEX lane_to_claim ON lane (link, wake_at) WHERE pending > 0;

CREATE TABLE delivery (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane         BIGINT NOT NULL REFERENCES lane (id),
    version      BIGINT NOT NULL CHECK (version >= 1),   -- which version, and the order in the lane
    deleted      BOOLEAN NOT NULL,                       -- whether that version is the deletion
    state        TEXT NOT NULL CHECK (state IN ('due', 'delivered', 'superseded', 'refused', 'withheld', 'dead')),
    reason       TEXT,                                   -- why, without personal data
    created      BIGINT NOT NULL,                        -- accepted, microseconds since 1970 UTC
    since        BIGINT NOT NULL,                        -- accepted, or replayed last
    settled_at   BIGINT,                                 -- when it reached its final state
    attempts     BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0), -- tries so far, over all replays
    UNIQUE (lane, version),
    CHECK ((state = 'due') = (settled_at IS NULL))
);

CREATE INDEX delivery_due ON delivery (lane, version) WHERE state = 'due';
CREATE INDEX delivery_failed ON delivery (id) WHERE state IN ('refused', 'dead');

CREATE TABLE attempt (
    delivery     BIGINT NOT NULL REFERENCES delivery (id),
    number       BIGINT NOT NULL CHECK (number >= 1),
    at           BIGINT NOT NULL,                        -- began, microseconds since 1970 UTC
    took         BIGINT NOT NULL CHECK (took >= 0),      -- microseconds
    outcome      TEXT NOT NULL,
    reason       TEXT,
    PRIMARY KEY (delivery, number)
);

CREATE TABLE exchange (
    delivery     BIGINT NOT NULL,
    attempt      BIGINT NOT NULL,
    at           BIGINT NOT NULL,                        -- when the attempt began: retention counts from it
    body         BYTEA NOT NULL,                         -- nonce, AES-256-GCM ciphertext, tag; bound to (delivery, attempt)
    PRIMARY KEY (delivery, attempt),
    FOREIGN KEY (delivery, attempt) REFERENCES attempt (delivery, number)
);

CREATE INDEX exchange_by_age ON exchange (at);

CREATE TABLE link_pause (
    link         TEXT COLLATE "C" PRIMARY KEY,
    reason       TEXT NOT NULL,
    at           BIGINT NOT NULL                         -- since when
);
