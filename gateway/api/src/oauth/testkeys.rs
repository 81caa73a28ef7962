//! Key pairs and forged tokens for tests.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::Value;

/// A client's key pair.
pub(crate) struct Pair {
    key: EncodingKey,
    algorithm: Algorithm,
    kid: String,
}

impl Pair {
    pub(crate) fn new(algorithm: Algorithm, kid: &str) -> Self {
        let key = match algorithm {
            Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            _ => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
                EncodingKey::from_rsa_pem(pem("PRIVATE KEY", pair.as_der().unwrap().as_ref()).as_bytes())
                    .unwrap()
            }
        };
        Self { key, algorithm, kid: kid.to_owned() }
    }

    pub(crate) fn jwks(&self) -> String {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap()
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with(claims, &|_| {})
    }

    pub(crate) fn sign_with(&self, claims: &Value, change: &dyn Fn(&mut Header)) -> String {
        let mut header = Header { kid: Some(self.kid.clone()), ..Header::new(self.algorithm) };
        change(&mut header);
        encode(&header, claims, &self.key).unwrap()
    }
}

/// A token that says `alg: none`.
pub(crate) fn unsigned(claims: &Value) -> String {
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.", part(r#"{"alg":"none","typ":"JWT","kid":"k1"}"#.to_owned()), part(claims.to_string()))
}

fn ec(algorithm: &'static aws_lc_rs::signature::EcdsaSigningAlgorithm) -> EncodingKey {
    EncodingKey::from_ec_der(EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap().as_ref())
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|c| std::str::from_utf8(c).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
