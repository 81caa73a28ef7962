-- Who may come in, and what the token endpoint must remember.

CREATE TABLE tenant (
    id   TEXT PRIMARY KEY,                       -- its slug
    agb  TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    host TEXT UNIQUE                             -- the host name its pages answer to
) STRICT, WITHOUT ROWID;

CREATE TABLE client (
    id          TEXT PRIMARY KEY,                -- client_id
    secret_hash TEXT,                            -- HMAC of its secret
    jwks        TEXT,                            -- or its public keys
    scope       TEXT NOT NULL,
    revoked_at  INTEGER,                         -- microseconds since 1970 UTC
    CHECK ((secret_hash IS NULL) <> (jwks IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE client_agb (
    client TEXT NOT NULL REFERENCES client (id),
    agb    TEXT NOT NULL,                        -- an organisation it may act for
    PRIMARY KEY (client, agb)
) STRICT, WITHOUT ROWID;

CREATE TABLE assertion (
    client  TEXT    NOT NULL,                    -- iss
    jti     TEXT    NOT NULL,
    expires INTEGER NOT NULL,                    -- microseconds since 1970 UTC; forgotten then
    PRIMARY KEY (client, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX assertion_by_expiry ON assertion (expires);

CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL                           -- nonce, AES-256-GCM ciphertext, tag; bound to the name
) STRICT, WITHOUT ROWID;
