-- Subscriptions of clients: which are in force, and the events of each. The Subscription itself is a resource; what stands
-- here is what every node must know of all tenants' at once, so keys and words, never content.

CREATE TABLE subscription (
    link          TEXT    PRIMARY KEY,            -- the link that carries its notifications
    tenant        TEXT    NOT NULL,
    resource_id   TEXT    NOT NULL,               -- of the Subscription
    version       INTEGER NOT NULL CHECK (version >= 1), -- the version of it that is in force
    state         TEXT    NOT NULL CHECK (state IN ('requested', 'active', 'error', 'off', 'gone')),
    secret        BLOB    NOT NULL,               -- signs its notifications: nonce, AES-256-GCM ciphertext, tag; bound to the link
    events        INTEGER NOT NULL DEFAULT 0 CHECK (events >= 0), -- the number of its last event
    failing_since INTEGER,                        -- since when nothing arrives, microseconds since 1970 UTC
    sent_at       INTEGER NOT NULL,               -- when something was sent last, or it came into force
    changed_at    INTEGER NOT NULL,               -- when version and state became what they are
    UNIQUE (tenant, resource_id)
) STRICT, WITHOUT ROWID;

-- Raised whenever another version or state is in force: a node that knows the number knows the subscriptions.
CREATE TABLE subscription_turn (
    turn          INTEGER NOT NULL
) STRICT;
INSERT INTO subscription_turn (turn) VALUES (1);

CREATE TABLE subscription_event (
    tenant        TEXT    NOT NULL,
    subscription  TEXT    NOT NULL,               -- id of the Subscription
    number        INTEGER NOT NULL CHECK (number >= 1), -- counted from 1, without a gap
    type          TEXT    NOT NULL,               -- what changed
    resource_id   TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    deleted       INTEGER NOT NULL CHECK (deleted IN (0, 1)), -- whether that version is the deletion
    at            INTEGER NOT NULL,               -- when it was written, microseconds since 1970 UTC
    PRIMARY KEY (tenant, subscription, number),
    UNIQUE (tenant, subscription, type, resource_id, version)
) STRICT, WITHOUT ROWID;
