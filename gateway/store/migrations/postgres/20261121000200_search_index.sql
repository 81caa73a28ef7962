-- What resources are found by: the rows of the current version only, replaced with it. One index gathers a resource's
-- rows (to replace and to probe them), the other finds resources by value. COLLATE "C": beginnings are compared by bytes.

CREATE TABLE index_token (
    seq          BIGINT NOT NULL,                        -- resource.seq
    parameter    TEXT COLLATE "C" NOT NULL,              -- code of the search parameter
    code         TEXT COLLATE "C" NOT NULL,              -- code or value; a secret one only as HMAC
    system       TEXT COLLATE "C" NOT NULL,              -- canonical system, '' for none
    tenant       TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX index_token_by_resource ON index_token (seq, parameter);
CREATE INDEX index_token_by_value ON index_token (tenant, type, parameter, code, system, seq);

CREATE TABLE index_string (
    seq          BIGINT NOT NULL,
    parameter    TEXT COLLATE "C" NOT NULL,
    value        TEXT COLLATE "C" NOT NULL,              -- folded: no accents, lower case, single blanks
    tenant       TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX index_string_by_resource ON index_string (seq, parameter);
CREATE INDEX index_string_by_value ON index_string (tenant, type, parameter, value, seq);

CREATE TABLE index_date (
    seq          BIGINT NOT NULL,
    parameter    TEXT COLLATE "C" NOT NULL,
    start_at     BIGINT NOT NULL,                        -- first microsecond of the period
    end_at       BIGINT NOT NULL CHECK (end_at >= start_at), -- first one after it
    tenant       TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX index_date_by_resource ON index_date (seq, parameter);
CREATE INDEX index_date_by_value ON index_date (tenant, type, parameter, start_at, end_at, seq);

CREATE TABLE index_reference (
    seq          BIGINT NOT NULL,
    parameter    TEXT COLLATE "C" NOT NULL,
    target_type  TEXT COLLATE "C" NOT NULL,              -- the resource referred to, version dropped
    target_id    TEXT COLLATE "C" NOT NULL,
    tenant       TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX index_reference_by_resource ON index_reference (seq, parameter);
CREATE INDEX index_reference_by_value ON index_reference (tenant, type, parameter, target_type, target_id, seq);

CREATE TABLE index_uri (
    seq          BIGINT NOT NULL,
    parameter    TEXT COLLATE "C" NOT NULL,
    value        TEXT COLLATE "C" NOT NULL,
    tenant       TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX index_uri_by_resource ON index_uri (seq, parameter);
CREATE INDEX index_uri_by_value ON index_uri (tenant, type, parameter, value, seq);

CREATE TABLE index_number (
    seq          BIGINT NOT NULL,
    parameter    TEXT COLLATE "C" NOT NULL,
    value        TEXT COLLATE "C" NOT NULL,              -- the decimal as written
    unit         TEXT COLLATE "C" NOT NULL,              -- code of the unit, '' for none
    tenant       TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX index_number_by_resource ON index_number (seq, parameter);
CREATE INDEX index_number_by_value ON index_number (tenant, type, parameter, value, unit, seq);
