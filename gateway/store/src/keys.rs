//! What is protected with the master key: the blind index, sealed bodies and secrets, page cursors.
//!
//! Each purpose has its own key, derived with HKDF-SHA256, so that none can stand in for another. Bodies are sealed with
//! AES-256-GCM under a random nonce and bound to their row (additional data): moved to another row they do not open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use secrecy::{ExposeSecret, SecretSlice};

use crate::StoreError;

/// Bytes of a master key.
const MASTER_KEY: usize = 32;

/// The keys of one store.
pub(crate) struct Keys {
    root: Prk,
}

impl Keys {
    /// Keys under this master key.
    pub(crate) fn new(master: &SecretSlice<u8>) -> Result<Self, StoreError> {
        let master = master.expose_secret();
        if master.len() != MASTER_KEY {
            return Err(StoreError::MasterKey);
        }
        Ok(Self { root: Salt::new(HKDF_SHA256, b"zorgtolk store").extract(master) })
    }

    /// HMAC-SHA256 under the key for `purpose`.
    pub(crate) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, &self.derive("mac", purpose)));
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// The same of one text, in lower-case hex.
    pub(crate) fn hash(&self, purpose: &str, text: &str) -> String {
        hex(&self.mac(purpose, &[text.as_bytes()]))
    }

    /// Seals `body` for the row `row`: nonce, ciphertext, tag.
    pub(crate) fn seal(&self, purpose: &str, row: &str, body: &[u8]) -> Vec<u8> {
        let mut sealed = body.to_vec();
        let nonce = self
            .aead(purpose)
            .seal_in_place_append_tag(Aad::from(row.as_bytes()), &mut sealed)
            .expect("a body is far below the cipher's limit");
        sealed.splice(0..0, nonce.as_ref().iter().copied());
        sealed
    }

    /// Opens what [`Keys::seal`] made for the same purpose and row.
    pub(crate) fn open(
        &self,
        purpose: &'static str,
        row: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let damaged = || StoreError::Damaged(purpose);
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let mut body = body.to_vec();
        let length = self
            .aead(purpose)
            .open_in_place(nonce, Aad::from(row.as_bytes()), &mut body)
            .map_err(|_| damaged())?
            .len();
        body.truncate(length);
        Ok(body)
    }

    fn aead(&self, purpose: &str) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, &self.derive("seal", purpose)).expect("the key has 32 bytes")
    }

    fn derive(&self, kind: &str, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        self.root
            .expand(&[kind.as_bytes(), b"\0", purpose.as_bytes()], HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key))
            .expect("32 bytes are within what HKDF gives");
        key
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|d| char::from(DIGITS[usize::from(d)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> Keys {
        Keys::new(&vec![byte; 32].into()).unwrap()
    }

    #[test]
    fn a_hash_depends_on_key_purpose_and_text() {
        let hash = keys(1).hash("a", "text");
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, keys(1).hash("a", "text"));
        for other in [keys(2).hash("a", "text"), keys(1).hash("b", "text"), keys(1).hash("a", "texts")] {
            assert_ne!(hash, other);
        }
    }

    #[test]
    fn a_sealed_body_opens_only_in_its_own_row_with_its_own_key() {
        let sealed = keys(1).seal("exchange", "1:1", b"body");
        assert!(!sealed.windows(4).any(|w| w == b"body"));
        assert_ne!(sealed, keys(1).seal("exchange", "1:1", b"body"), "the nonce is random");
        assert_eq!(keys(1).open("exchange", "1:1", &sealed).unwrap(), b"body");
        assert!(keys(1).open("exchange", "1:2", &sealed).is_err());
        assert!(keys(1).open("secret", "1:1", &sealed).is_err());
        assert!(keys(2).open("exchange", "1:1", &sealed).is_err());
        assert!(keys(1).open("exchange", "1:1", b"short").is_err());
    }

    #[test]
    fn a_master_key_has_32_bytes() {
        assert!(matches!(Keys::new(&vec![0; 31].into()), Err(StoreError::MasterKey)));
        assert_eq!(format!("{:?}", keys(7)), "Keys(…)");
    }
}
