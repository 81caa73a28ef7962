//! The public keys a client registered (RFC 7517), and which of them an assertion means (`dutch-fhir.md` 4.12).
//!
//! A document that holds a private or symmetric key is refused whole: whoever sent it has lost that key.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// The algorithms an assertion may be signed with. RS384 and ES384 are SMART's; the others are what Dutch
/// suppliers' libraries offer besides (`spreekuur.md`, section 3).
pub(super) const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS384, Algorithm::ES384, Algorithm::ES256, Algorithm::RS256, Algorithm::PS256];

/// Members only a private or symmetric key has (RFC 7518, section 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Shortest RSA modulus, in octets: 2048 bits.
const MIN_MODULUS: usize = 256;

/// A JWKS of usable public keys.
#[derive(Debug)]
pub struct Jwks(Vec<Jwk>);

/// Why a JWKS cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// No JSON object with an array `keys`.
    #[error("a JWKS is a JSON object with an array \"keys\"")]
    Form,
    /// Holds what must stay with the client.
    #[error("the JWKS holds a private or symmetric key; register public keys only")]
    Private,
    /// A key of a kind or size that is not accepted.
    #[error("key {0} of the JWKS is none of: RSA of 2048 bits or more, EC P-256, EC P-384")]
    Key(usize),
    /// A key without `kid`, or a `kid` twice for the same kind of key.
    #[error("each key of a JWKS needs a kid of its own (key {0})")]
    Kid(usize),
    /// Empty.
    #[error("the JWKS holds no key")]
    Empty,
}

impl Jwks {
    /// Reads and judges a document.
    ///
    /// # Errors
    /// The first reason it cannot be registered.
    pub fn parse(text: &str) -> Result<Self, JwksError> {
        let document: Value = serde_json::from_str(text).map_err(|_| JwksError::Form)?;
        let values = document.get("keys").and_then(Value::as_array).ok_or(JwksError::Form)?;
        if values.iter().any(|key| PRIVATE.iter().any(|member| key.get(member).is_some())) {
            return Err(JwksError::Private);
        }
        let mut keys: Vec<Jwk> = Vec::with_capacity(values.len());
        for (n, value) in values.iter().enumerate() {
            let key: Jwk = serde_json::from_value(value.clone()).map_err(|_| JwksError::Key(n))?;
            if !is_usable(&key) {
                return Err(JwksError::Key(n));
            }
            let kid = key.common.key_id.as_ref().ok_or(JwksError::Kid(n))?;
            if keys.iter().any(|k| k.common.key_id.as_ref() == Some(kid) && same_kind(k, &key)) {
                return Err(JwksError::Kid(n));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err(JwksError::Empty) } else { Ok(Self(keys)) }
    }

    /// The one key with this `kid` that fits `algorithm`.
    pub(super) fn find(&self, kid: &str, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting =
            self.0.iter().filter(|key| key.common.key_id.as_deref() == Some(kid) && fits(key, algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => DecodingKey::from_jwk(key).ok(),
            _ => None,
        }
    }
}

fn is_usable(key: &Jwk) -> bool {
    let size = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) => octets(&rsa.n).is_some_and(|n| n >= MIN_MODULUS),
        AlgorithmParameters::EllipticCurve(ec) => {
            matches!(ec.curve, EllipticCurve::P256 | EllipticCurve::P384)
        }
        _ => false,
    };
    size && matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature))
}

fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let declared = key.common.key_algorithm.is_none_or(|a| a.to_string() == format!("{algorithm:?}"));
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256 | Algorithm::RS384 | Algorithm::PS256) => true,
        (AlgorithmParameters::EllipticCurve(ec), Algorithm::ES256) => ec.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(ec), Algorithm::ES384) => ec.curve == EllipticCurve::P384,
        _ => false,
    };
    declared && kind
}

fn same_kind(a: &Jwk, b: &Jwk) -> bool {
    std::mem::discriminant(&a.algorithm) == std::mem::discriminant(&b.algorithm)
}

/// How many octets a base64url number has.
fn octets(base64url: &str) -> Option<usize> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(base64url).ok()?;
    Some(bytes.iter().skip_while(|b| **b == 0).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> JwksError {
        Jwks::parse(text).unwrap_err()
    }

    #[test]
    fn what_is_no_public_key_set_is_refused() {
        assert_eq!(refused("[]"), JwksError::Form);
        assert_eq!(refused(r#"{"keys":{}}"#), JwksError::Form);
        assert_eq!(refused(r#"{"keys":[]}"#), JwksError::Empty);
        assert_eq!(refused(r#"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}"#), JwksError::Private);
        assert_eq!(
            refused(r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"eA","y":"eQ","d":"ZA"}]}"#),
            JwksError::Private
        );
        assert_eq!(refused(r#"{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}"#), JwksError::Key(0));
        assert_eq!(
            refused(r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"eA"}]}"#),
            JwksError::Key(0)
        );
    }

    #[test]
    fn keys_are_told_apart_by_kid_and_kind() {
        let key = |kid: &str| format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","x":"eA","y":"eQ"}}"#);
        let jwks = Jwks::parse(&format!(r#"{{"keys":[{},{}]}}"#, key("a"), key("b"))).unwrap();
        assert!(jwks.find("a", Algorithm::ES256).is_some());
        assert!(jwks.find("a", Algorithm::ES384).is_none());
        assert!(jwks.find("a", Algorithm::RS256).is_none());
        assert!(jwks.find("c", Algorithm::ES256).is_none());
        assert_eq!(refused(&format!(r#"{{"keys":[{},{}]}}"#, key("a"), key("a"))), JwksError::Kid(1));
        assert_eq!(refused(r#"{"keys":[{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}]}"#), JwksError::Kid(0));
    }
}
