-- What resources are found by: the rows of the current version only, replaced with it. The primary key gathers a
-- resource's rows (to replace and to probe them), the index beside it finds resources by value.

CREATE TABLE index_token (
    seq       INTEGER NOT NULL,                  -- resource.seq
    parameter TEXT    NOT NULL,                  -- code of the search parameter
    code      TEXT    NOT NULL,                  -- code or value; a secret one only as HMAC
    system    TEXT    NOT NULL,                  -- canonical system, '' for none
    tenant    TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    PRIMARY KEY (seq, parameter, code, system)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_token_by_value ON index_token (tenant, type, parameter, code, system, seq);

CREATE TABLE index_string (
    seq       INTEGER NOT NULL,
    parameter TEXT    NOT NULL,
    value     TEXT    NOT NULL,                  -- folded: no accents, lower case, single blanks
    tenant    TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    PRIMARY KEY (seq, parameter, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_string_by_value ON index_string (tenant, type, parameter, value, seq);

CREATE TABLE index_date (
    seq       INTEGER NOT NULL,
    parameter TEXT    NOT NULL,
    start_at  INTEGER NOT NULL,                  -- first microsecond of the period
    end_at    INTEGER NOT NULL CHECK (end_at >= start_at), -- first one after it
    tenant    TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    PRIMARY KEY (seq, parameter, start_at, end_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_date_by_value ON index_date (tenant, type, parameter, start_at, end_at, seq);

CREATE TABLE index_reference (
    seq         INTEGER NOT NULL,
    parameter   TEXT    NOT NULL,
    target_type TEXT    NOT NULL,                -- the resource referred to, version dropped
    target_id   TEXT    NOT NULL,
    tenant      TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    PRIMARY KEY (seq, parameter, target_type, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_reference_by_value ON index_reference (tenant, type, parameter, target_type, target_id, seq);

CREATE TABLE index_uri (
    seq       INTEGER NOT NULL,
    parameter TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    tenant    TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    PRIMARY KEY (seq, parameter, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_uri_by_value ON index_uri (tenant, type, parameter, value, seq);

CREATE TABLE index_number (
    seq       INTEGER NOT NULL,
    parameter TEXT    NOT NULL,
    value     TEXT    NOT NULL,                  -- the decimal as written
    unit      TEXT    NOT NULL,                  -- code of the unit, '' for none
    tenant    TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    PRIMARY KEY (seq, parameter, value, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_number_by_value ON index_number (tenant, type, parameter, value, unit, seq);
