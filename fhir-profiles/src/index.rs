//! What a resource is found by: one row per value of a search parameter.

use gateway_core::Key;

/// One value under one search parameter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexEntry {
    /// The parameter's code, for instance `identifier`.
    pub parameter: &'static str,
    /// What is found there.
    pub value: IndexValue,
}

/// A value in the form search compares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexValue {
    /// token: system in canonical form (OIDs of Dutch systems become their URI); `secret` values (a BSN, padded to nine
    /// digits) are kept by the store only as an HMAC.
    Token {
        /// The system, when there is one.
        system: Option<String>,
        /// The code or value.
        code: String,
        /// Whether the value may not stand in an index in clear.
        secret: bool,
    },
    /// string: accent-folded, lower case, single blanks, at most [`crate::search::LONGEST`] characters and one more. What was
    /// written stands beside it as a `Token` without system, for `:exact`.
    String(String),
    /// date: the period it names, microseconds since 1970 UTC, end exclusive; open ends are `i64::MIN` / `i64::MAX`.
    Date {
        /// First microsecond.
        start: i64,
        /// First microsecond after it.
        end: i64,
    },
    /// reference to a resource of ours, version dropped.
    Reference(Key),
    /// uri, or a reference that is no resource of ours.
    Uri(String),
    /// number or quantity: a text whose order is that of the numbers, and the unit in the forms it is asked for.
    Number {
        /// See `search::decimal`.
        value: String,
        /// `system|code` or `|code`, when there is one.
        unit: Option<String>,
    },
}
