//! Index entries as rows: sorted by kind, doubles taken out, secret values replaced by their keyed hash.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use fhir_profiles::{IndexEntry, IndexValue};
use gateway_core::TenantId;

use crate::keys::{Keys, hex};

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

    fn add(&mut self, parameter: &'static str, value: IndexValue, tenant: &TenantId, keys: &Keys) {
        match value {
            IndexValue::Token { system, code, secret } => {
                let code = if secret { blind(keys, tenant, &code) } else { storable(code) };
                self.tokens.insert((parameter, code, storable(system.unwrap_or_default())));
            }
            IndexValue::String(text) => {
                self.strings.insert((parameter, cut(text)));
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

/// Bytes of the longest text an index row holds; an index entry of PostgreSQL has at most a third of a page.
const LONGEST: usize = 512;

/// A text as index rows and keys hold it. NUL, which JSON can name (`\u0000`) and PostgreSQL's text cannot hold, is
/// replaced; a text that is too long for an index entry stands there as its hash, which compares just as well.
pub(crate) fn storable(text: String) -> String {
    let text = without_nul(text);
    if text.len() <= LONGEST {
        return text;
    }
    let hash = digest(&SHA256, text.as_bytes());
    format!("sha256:{}", hex(hash.as_ref()))
}

/// A text whose beginning is compared: cut, not hashed.
pub(crate) fn cut(text: String) -> String {
    let text = without_nul(text);
    match text.char_indices().map(|(at, _)| at).find(|at| *at > LONGEST - 4) {
        Some(end) if text.len() > LONGEST => text.get(..end).unwrap_or_default().to_owned(),
        _ => text,
    }
}

fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_hashed_or_cut_and_a_short_one_is_kept() {
        for text in ["", "short", &"é".repeat(256)] {
            assert_eq!((storable(text.to_owned()), cut(text.to_owned())), (text.to_owned(), text.to_owned()));
        }
        for text in ["x".repeat(513), "é".repeat(300), "\u{10ffff}".repeat(200)] {
            assert_eq!(storable(text.clone()).len(), 71);
            let cut = cut(text.clone());
            assert!(
                cut.len() <= LONGEST && cut.len() > LONGEST - 8 && text.starts_with(&cut),
                "{}",
                cut.len()
            );
        }
        assert_eq!(storable("a\0b".to_owned()), "a\u{fffd}b");
    }
}
