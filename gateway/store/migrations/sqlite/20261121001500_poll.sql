-- What the gateway knows about looking at counterparts: how each link's polling stands, the records that could not be
-- taken in, and what went over the wire for looks and questions. Keys and words, never content; bodies are sealed.

CREATE TABLE poll (
    link        TEXT    PRIMARY KEY,
    tenant      TEXT    NOT NULL,
    cursor      BLOB,                            -- the adapter's own memory: nonce, AES-256-GCM ciphertext, tag; bound to the link
    due_at      INTEGER NOT NULL,                -- when is looked next, microseconds since 1970 UTC
    wished_at   INTEGER,                         -- an operator wants a look without waiting for due_at
    lease_until INTEGER,                         -- claimed until then; NULL when nobody has it
    epoch       INTEGER NOT NULL DEFAULT 0,      -- raised by each claim: fences settling
    began_at    INTEGER,                         -- the last look: its beginning
    ended_at    INTEGER,                         -- the last look that came to an end: when
    outcome     TEXT,                            -- and how
    reason      TEXT,                            -- and why, without personal data
    failures    INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0), -- looks that failed since one was taken in
    taken_at    INTEGER,                         -- the beginning of the last look that was taken in
    created     INTEGER NOT NULL DEFAULT 0,      -- what the last look made of resources
    updated     INTEGER NOT NULL DEFAULT 0,
    unchanged   INTEGER NOT NULL DEFAULT 0,
    aside       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE set_aside (
    id          INTEGER PRIMARY KEY,
    link        TEXT    NOT NULL,
    tenant      TEXT    NOT NULL,
    slot        TEXT    NOT NULL,                -- what a record is known by: the hash of its key, or its place
    place       TEXT    NOT NULL,                -- where it stood in their answer
    key_space   TEXT,                            -- their key, when it could be read
    key_value   TEXT,                            -- the same; a hash when it could be a BSN
    issues      TEXT    NOT NULL,                -- why: JSON array of severity, code, text, expression
    first_seen  INTEGER NOT NULL,                -- microseconds since 1970 UTC
    last_seen   INTEGER NOT NULL,
    times       INTEGER NOT NULL CHECK (times >= 1), -- how often it was seen
    exchange    INTEGER,                         -- call_exchange.id of the last time, if it is still kept
    solved_at   INTEGER,                         -- a later look took it in
    UNIQUE (link, slot),
    CHECK ((key_space IS NULL) = (key_value IS NULL))
) STRICT;

CREATE INDEX set_aside_open ON set_aside (link, slot) WHERE solved_at IS NULL;

CREATE TABLE call_exchange (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,    -- never given twice: set_aside.exchange may outlive its row
    link   TEXT    NOT NULL,
    tenant TEXT    NOT NULL,
    kind   TEXT    NOT NULL CHECK (kind IN ('look', 'question', 'sign-in')),
    at     INTEGER NOT NULL,                     -- when it began: retention counts from it
    quiet  INTEGER NOT NULL CHECK (quiet IN (0, 1)), -- nothing came of it: the next quiet one takes its place
    body   BLOB    NOT NULL                      -- nonce, AES-256-GCM ciphertext, tag; bound to (kind, link, at)
) STRICT;

CREATE INDEX call_exchange_by_age ON call_exchange (at);
CREATE INDEX call_exchange_quiet ON call_exchange (link, kind) WHERE quiet;
