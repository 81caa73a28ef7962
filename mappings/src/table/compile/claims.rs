//! Two rows must not write the same.

use std::collections::BTreeMap;

use crate::wire::Format;

/// Who writes an element or a field, in which formats.
pub(super) type Claims = BTreeMap<String, Vec<(usize, Option<Format>)>>;

/// Claims what `path` leads to for a row; `only` is the one format it counts in.
pub(super) fn claim(claims: &mut Claims, path: &str, row: usize, only: Option<Format>) -> Result<(), String> {
    let held = claims.entry(path.to_owned()).or_default();
    let meets = |other: Option<Format>| other.is_none() || only.is_none() || other == only;
    if let Some((other, _)) = held.iter().find(|(_, other)| meets(*other)) {
        return Err(format!("row {other} writes {path} already; take one out, or give it one way"));
    }
    held.push((row, only));
    Ok(())
}
