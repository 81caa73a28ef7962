-- Subscriptions of clients: which are in force, and the events of each. The Subscription itself is a resource; what stands
-- here is what every node must know of all tenants' at once, so keys and words, never content.

CREATE TABLE subscription (
    link          TEXT COLLATE "C" PRIMARY KEY,   -- the link that carries its notifications
    tenant        TEXT COLLATE "C" NOT NULL,
    resource_id   TEXT COLLATE "C" NOT NULL,      -- of the Subscription
    version       BIGINT NOT NULL CHECK (version >= 1), -- the version of it that is in force
    state         TEXT NOT NULL CHECK (state IN ('requested', 'active', 'error', 'off', 'gone')),
    secret        BYTEA NOT NULL,                 -- signs its notifications: nonce, AES-256-GCM ciphertext, tag; bound to the link
    events        BIGINT NOT NULL DEFAULT 0 CHECK (events >= 0), -- the number of its last event
    failing_since BIGINT,                         -- since when nothing arrives, microseconds since 1970 UTC
    sent_at       BIGINT NOT NULL,                -- when something was sent last, or it came into force
    changed_at    BIGINT NOT NULL,                -- when version and state became what they are
    UNIQUE (tenant, resource_id)
);

-- Raised whenever another version or state is in force: a node that knows the number knows the subscriptions.
CREATE TABLE subscription_turn (
    turn          BIGINT NOT NULL
);
INSERT INTO subscription_turn (turn) VALUES (1);

CREATE TABLE subscription_event (
    tenant        TEXT COLLATE "C" NOT NULL,
    subscription  TEXT COLLATE "C" NOT NULL,      -- id of the Subscription
    number        BIGINT NOT NULL CHECK (number >= 1), -- counted from 1, without a gap
    type          TEXT COLLATE "C" NOT NULL,      -- what changed
    resource_id   TEXT COLLATE "C" NOT NULL,
    version       BIGINT NOT NULL,
    deleted       BOOLEAN NOT NULL,               -- whether that version is the deletion
    at            BIGINT NOT NULL,                -- when it was written, microseconds since 1970 UTC
    PRIMARY KEY (tenant, subscription, number),
    UNIQUE (tenant, subscription, type, resource_id, version)
);

-- The walls of 20261121000600: what changed is a tenant's own.
ALTER TABLE subscription_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscription_event FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON subscription_event USING (tenant = NULLIF(current_setting('gateway.tenant', true), ''));
