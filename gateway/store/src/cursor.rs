//! Page cursors: opaque outside, and good only for the tenant and the question they were made for.
//!
//! A cursor is the position of the last entry and a keyed hash over position, tenant and question. The question itself
//! is not in it: it may name people.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_core::TenantId;

use crate::StoreError;
use crate::keys::Keys;

/// The purpose of the key that hashes cursors.
const PURPOSE: &str = "page-cursor";

/// Bytes of the hash that are kept: nobody gets to try 2^64 of them.
const KEPT: usize = 16;

/// The cursor for what comes after `position`.
pub(crate) fn seal(keys: &Keys, tenant: &TenantId, question: &str, position: i64) -> String {
    let mut bytes = position.to_be_bytes().to_vec();
    bytes.extend(mac(keys, tenant, question, position));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The position in a cursor of ours.
pub(crate) fn open(keys: &Keys, tenant: &TenantId, question: &str, cursor: &str) -> Result<i64, StoreError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::Cursor)?;
    let (position, kept) = bytes.split_first_chunk().ok_or(StoreError::Cursor)?;
    let position = i64::from_be_bytes(*position);
    aws_lc_rs::constant_time::verify_slices_are_equal(kept, &mac(keys, tenant, question, position))
        .map_err(|_| StoreError::Cursor)?;
    Ok(position)
}

fn mac(keys: &Keys, tenant: &TenantId, question: &str, position: i64) -> Vec<u8> {
    let parts = [tenant.as_str().as_bytes(), question.as_bytes(), &position.to_be_bytes()];
    keys.mac(PURPOSE, &parts).into_iter().take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_question_only() {
        let keys = Keys::new(&vec![1; 32].into()).unwrap();
        let tenant: TenantId = "de-linde".parse().unwrap();
        let cursor = seal(&keys, &tenant, "Patient?name=x", -7);
        assert_eq!(open(&keys, &tenant, "Patient?name=x", &cursor).unwrap(), -7);
        assert!(open(&keys, &tenant, "Patient?name=y", &cursor).is_err());
        assert!(open(&keys, &"uro-kliniek".parse().unwrap(), "Patient?name=x", &cursor).is_err());
        for bad in ["", "AAAA", "?", &cursor.replace(char::is_alphanumeric, "A"), &format!("{cursor}AA")] {
            assert!(matches!(open(&keys, &tenant, "Patient?name=x", bad), Err(StoreError::Cursor)), "{bad}");
        }
    }
}
