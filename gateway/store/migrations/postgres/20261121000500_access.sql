-- Who may come in, and what the token endpoint must remember.

CREATE TABLE tenant (
    id           TEXT COLLATE "C" PRIMARY KEY,           -- its slug
    agb          TEXT COLLATE "C" NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    host         TEXT COLLATE "C" UNIQUE                 -- the host name its pages answer to
);

CREATE TABLE client (
    id           TEXT COLLATE "C" PRIMARY KEY,           -- client_id
    secret_hash  TEXT,                                   -- HMAC of its secret
    jwks         TEXT,                                   -- or its public keys
    scope        TEXT NOT NULL,
    revoked_at   BIGINT,                                 -- microseconds since 1970 UTC
    CHECK ((secret_hash IS NULL) <> (jwks IS NULL))
);

CREATE TABLE client_agb (
    client       TEXT COLLATE "C" NOT NULL REFERENCES client (id),
    agb          TEXT COLLATE "C" NOT NULL,              -- an organisation it may act for
    PRIMARY KEY (client, agb)
);

CREATE TABLE assertion (
    client       TEXT COLLATE "C" NOT NULL,              -- iss
    jti          TEXT COLLATE "C" NOT NULL,
    expires      BIGINT NOT NULL,                        -- microseconds since 1970 UTC; forgotten then
    PRIMARY KEY (client, jti)
);
CREATE INDEX assertion_by_expiry ON assertion (expires);

CREATE TABLE secret (
    name         TEXT COLLATE "C" PRIMARY KEY,
    body         BYTEA NOT NULL                          -- nonce, AES-256-GCM ciphertext, tag; bound to the name
);
