//! `private_key_jwt` (RFC 7523 section 2.2, `spreekuur.md` section 3, choice 2).

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use url::Url;

/// How long an assertion is good. At most 5 minutes are allowed; a clock may be a little off.
const LIFETIME: Duration = Duration::minutes(3);

/// With what an assertion is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum SigningAlgorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    #[default]
    RS256,
    /// RSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
}

/// A private key with its name and algorithm.
#[derive(Clone)]
pub struct SigningKey {
    header: Box<Header>,
    key: Box<EncodingKey>,
}

/// The PEM holds no private key that fits the algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the private key is no PEM that fits the algorithm")]
pub struct WrongSigningKey;

#[derive(Serialize)]
struct Claims<'c> {
    iss: &'c str,
    sub: &'c str,
    aud: &'c str,
    jti: String,
    iat: i64,
    exp: i64,
}

impl SigningKey {
    /// Reads a private key (PEM).
    ///
    /// # Errors
    /// [`WrongSigningKey`]; also when the key cannot sign.
    pub fn from_pem(
        algorithm: SigningAlgorithm,
        kid: &str,
        pem: &SecretString,
    ) -> Result<Self, WrongSigningKey> {
        let bytes = pem.expose_secret().as_bytes();
        let (algorithm, key) = match algorithm {
            SigningAlgorithm::RS256 => (Algorithm::RS256, EncodingKey::from_rsa_pem(bytes)),
            SigningAlgorithm::PS256 => (Algorithm::PS256, EncodingKey::from_rsa_pem(bytes)),
            SigningAlgorithm::ES256 => (Algorithm::ES256, EncodingKey::from_ec_pem(bytes)),
        };
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
        let key = Self { header: Box::new(header), key: Box::new(key.map_err(|_| WrongSigningKey)?) };
        key.sign(&()).ok_or(WrongSigningKey)?;
        Ok(key)
    }

    /// An assertion of `client_id` for `endpoint`; `None` when it cannot be signed.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        endpoint: &Url,
        jti: String,
        now: OffsetDateTime,
    ) -> Option<String> {
        let iat = now.unix_timestamp();
        let exp = (now + LIFETIME).unix_timestamp();
        self.sign(&Claims { iss: client_id, sub: client_id, aud: endpoint.as_str(), jti, iat, exp })
    }

    fn sign(&self, claims: &impl Serialize) -> Option<String> {
        jsonwebtoken::encode(&self.header, claims, &self.key).ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("alg", &self.header.alg).finish_non_exhaustive()
    }
}
