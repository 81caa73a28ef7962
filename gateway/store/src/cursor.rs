//! Page cursors: opaque outside, and good only for the tenant and the question they were made for.
//!
//! A cursor is the place of the last entry: the values it was sorted by, which may be a name or a birth date, and its
//! number. It is sealed, bound to tenant and question; the question itself is not in it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_core::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::StoreError;
use crate::keys::Keys;

/// The purpose of the key that seals cursors.
const PURPOSE: &str = "page-cursor";

/// The place that a page begins behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    pub(crate) leg: Leg,
    /// What it was sorted by; null where there was no value.
    pub(crate) values: Vec<Value>,
    /// What decides between equals: the number of a resource or version.
    pub(crate) seq: i64,
}

/// On which part of the way a page was found, so that the next one goes on there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Leg {
    /// Everything was gathered and sorted.
    #[serde(rename = "g")]
    Gather,
    /// The order was walked.
    #[serde(rename = "w")]
    Walk,
    /// It was walked to its end, and those without a value follow.
    #[serde(rename = "b")]
    Beyond,
}

/// The cursor for what comes after a place.
pub(crate) fn seal(keys: &Keys, tenant: &TenantId, question: &str, cursor: &Cursor) -> String {
    let plain = serde_json::to_vec(cursor).expect("texts and numbers make JSON");
    URL_SAFE_NO_PAD.encode(keys.seal(PURPOSE, &bound(tenant, question), &plain))
}

/// The place in a cursor of ours.
pub(crate) fn open(
    keys: &Keys,
    tenant: &TenantId,
    question: &str,
    cursor: &str,
) -> Result<Cursor, StoreError> {
    let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::Cursor)?;
    let plain = keys.open(PURPOSE, &bound(tenant, question), &sealed).map_err(|_| StoreError::Cursor)?;
    serde_json::from_slice(&plain).map_err(|_| StoreError::Cursor)
}

fn bound(tenant: &TenantId, question: &str) -> String {
    format!("{tenant}\n{question}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_question_only_and_shows_nothing() {
        let keys = Keys::new(&vec![1; 32].into()).unwrap();
        let tenant: TenantId = "de-linde".parse().unwrap();
        let place =
            Cursor { leg: Leg::Beyond, values: vec![json!("jansen"), json!(-7), json!(null)], seq: 12 };
        let cursor = seal(&keys, &tenant, "Patient?name=x", &place);
        assert_eq!(open(&keys, &tenant, "Patient?name=x", &cursor).unwrap(), place);
        assert!(!String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(&cursor).unwrap()).contains("jansen"));
        assert!(open(&keys, &tenant, "Patient?name=y", &cursor).is_err());
        assert!(open(&keys, &"uro-kliniek".parse().unwrap(), "Patient?name=x", &cursor).is_err());
        for bad in ["", "AAAA", "?", &cursor.replace(char::is_alphanumeric, "A"), &format!("{cursor}AA")] {
            assert!(matches!(open(&keys, &tenant, "Patient?name=x", bad), Err(StoreError::Cursor)), "{bad}");
        }
    }
}
