-- What the gateway knows about looking at counterparts: how each link's polling stands, the records that could not be
-- taken in, and what went over the wire for looks and questions. Keys and words, never content; bodies are sealed.

CREATE TABLE poll (
    link        TEXT COLLATE "C" PRIMARY KEY,
    tenant      TEXT COLLATE "C" NOT NULL,
    cursor      BYTEA,                                  -- the adapter's own memory: nonce, AES-256-GCM ciphertext, tag; bound to the link
    due_at      BIGINT NOT NULL,                        -- when is looked next, microseconds since 1970 UTC
    wished_at   BIGINT,                                 -- an operator wants a look without waiting for due_at
    lease_until BIGINT,                                 -- claimed until then; NULL when nobody has it
    epoch       BIGINT NOT NULL DEFAULT 0,              -- raised by each claim: fences settling
    began_at    BIGINT,                                 -- the last look: its beginning
    ended_at    BIGINT,                                 -- the last look that came to an end: when
    outcome     TEXT,                                   -- and how
    reason      TEXT,                                   -- and why, without personal data
    failures    BIGINT NOT NULL DEFAULT 0 CHECK (failures >= 0), -- looks that failed since one was taken in
    taken_at    BIGINT,                                 -- the beginning of the last look that was taken in
    created     BIGINT NOT NULL DEFAULT 0,              -- what the last look made of resources
    updated     BIGINT NOT NULL DEFAULT 0,
    unchanged   BIGINT NOT NULL DEFAULT 0,
    aside       BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE set_aside (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link        TEXT COLLATE "C" NOT NULL,
    tenant      TEXT COLLATE "C" NOT NULL,
    slot        TEXT COLLATE "C" NOT NULL,              -- what a record is known by: the hash of its key, or its place
    place       TEXT NOT NULL,                          -- where it stood in their answer
    key_space   TEXT,                                   -- their key, when it could be read
    key_value   TEXT,                                   -- the same; a hash when it could be a BSN
    issues      TEXT NOT NULL,                          -- why: JSON array of severity, code, text, expression
    first_seen  BIGINT NOT NULL,                        -- microseconds since 1970 UTC
    last_seen   BIGINT NOT NULL,
    times       BIGINT NOT NULL CHECK (times >= 1),     -- how often it was seen
    exchange    BIGINT,                                 -- call_exchange.id of the last time, if it is still kept
    solved_at   BIGINT,                                 -- a later look took it in
    UNIQUE (link, slot),
    CHECK ((key_space IS NULL) = (key_value IS NULL))
);

CREATE INDEX set_aside_open ON set_aside (link, slot) WHERE solved_at IS NULL;

CREATE TABLE call_exchange (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- never given twice: set_aside.exchange may outlive its row
    link        TEXT COLLATE "C" NOT NULL,
    tenant      TEXT COLLATE "C" NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('look', 'question', 'sign-in')),
    at          BIGINT NOT NULL,                        -- when it began: retention counts from it
    quiet       BOOLEAN NOT NULL,                       -- nothing came of it: the next quiet one takes its place
    body        BYTEA NOT NULL                          -- nonce, AES-256-GCM ciphertext, tag; bound to (kind, link, at)
);

CREATE INDEX call_exchange_by_age ON call_exchange (at);
CREATE INDEX call_exchange_quiet ON call_exchange (link, kind) WHERE quiet;
