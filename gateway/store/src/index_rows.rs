//! Index entries as rows: sorted by kind, doubles taken out, secret values replaced by their keyed hash.

use std::collections::BTreeSet;

use fhir_profiles::{IndexEntry, IndexValue};
use gateway_core::TenantId;

use crate::keys::Keys;

/// The purpose of the key of the blind index.
const BLIND: &str = "blind-index";

/// The index rows of one resource. Each row begins with its parameter.
#[derive(Debug, Default)]
pub(crate) struct IndexRows {
    /// code, system
    pub(crate) tokens: BTreeSet<(&'static str, String, String)>,
    /// value
    pub(crate) strings: BTreeSet<(&'static str, String)>,
    /// start, end
    pub(crate) dates: BTreeSet<(&'static str, i64, i64)>,
    /// type, id
    pub(crate) references: BTreeSet<(&'static str, &'static str, String)>,
    /// value
    pub(crate) uris: BTreeSet<(&'static str, String)>,
    /// value, unit
    pub(crate) numbers: BTreeSet<(&'static str, String, String)>,
}

impl IndexRows {
    /// The rows of a resource of `tenant`.
    pub(crate) fn new(entries: Vec<IndexEntry>, tenant: &TenantId, keys: &Keys) -> Self {
        let mut rows = Self::default();
        for IndexEntry { parameter, value } in entries {
            rows.add(parameter, value, tenant, keys);
        }
        rows
    }

    /// Whether there is nothing to be found by.
    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
            && self.strings.is_empty()
            && self.dates.is_empty()
            && self.references.is_empty()
            && self.uris.is_empty()
            && self.numbers.is_empty()
    }

    fn add(&mut self, parameter: &'static str, value: IndexValue, tenant: &TenantId, keys: &Keys) {
        match value {
            IndexValue::Token { system, code, secret } => {
                let code = if secret { blind(keys, tenant, &code) } else { storable(code) };
                self.tokens.insert((parameter, code, storable(system.unwrap_or_default())));
            }
            IndexValue::String(text) => {
                self.strings.insert((parameter, storable(text)));
            }
            IndexValue::Date { start, end } => {
                self.dates.insert((parameter, start, end));
            }
            IndexValue::Reference(key) => {
                self.references.insert((parameter, key.resource_type.as_str(), key.id.to_string()));
            }
            IndexValue::Uri(uri) => {
                self.uris.insert((parameter, storable(uri)));
            }
            IndexValue::Number { value, unit } => {
                self.numbers.insert((parameter, storable(value), storable(unit.unwrap_or_default())));
            }
        }
    }
}

/// A secret value as it stands in the index. It differs from tenant to tenant, so that nobody can tell from two indexes
/// that they know the same person.
pub(crate) fn blind(keys: &Keys, tenant: &TenantId, code: &str) -> String {
    keys.hash(BLIND, &format!("{tenant}\n{code}"))
}

/// PostgreSQL's text cannot hold NUL, which JSON can name (`\u0000`).
pub(crate) fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}
