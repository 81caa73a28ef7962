//! The patient's own login: the access token that is exchanged for one for the XIS (3.3).
//!
//! A JWT, so that a XIS's authorization server can check it against the published keys. What the real one has in it is
//! not public (3.8); the claim `bsn` is our choice.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::bsn::Bsn;

const LIFETIME: Duration = Duration::minutes(5);
/// Each half of an uncompressed point on P-256, after one byte that says it is one.
const COORDINATE: usize = 32;

/// The key that patients' tokens are signed with, made at the start.
pub(crate) struct Login {
    key: EncodingKey,
    kid: String,
    jwk: Value,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Login {
    pub(crate) fn new() -> Result<Self, String> {
        let failed = |_| "no key can be made for patients' tokens".to_owned();
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
        let document = pair.to_pkcs8v1().map_err(failed)?;
        let point = pair.public_key().as_ref().iter().skip(1).copied().collect::<Vec<u8>>();
        let (x, y) = point.split_at(COORDINATE);
        let text = |half: &[u8]| URL_SAFE_NO_PAD.encode(half);
        // Another start has another key, and so another name for it.
        let kid = text(x);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
            "kid": kid, "x": text(x), "y": text(y),
        });
        Ok(Self { key: EncodingKey::from_ec_der(document.as_ref()), kid, jwk })
    }

    /// The keys as they are published.
    pub(crate) fn keys(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// The token of a patient that has just logged in.
    pub(crate) fn token(&self, issuer: &str, subject: &str, bsn: Bsn, now: OffsetDateTime) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        let claims = json!({
            "iss": issuer,
            "sub": subject,
            "aud": "spreekuur",
            "azp": "spreekuur-app",
            "jti": Uuid::new_v4().to_string(),
            "iat": now.unix_timestamp(),
            "exp": (now + LIFETIME).unix_timestamp(),
            "bsn": bsn.reveal(),
        });
        encode(&header, &claims, &self.key).expect("our own key signs our own claims")
    }
}
