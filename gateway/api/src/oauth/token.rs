//! Our access tokens: JWTs of RFC 9068 (`typ: at+jwt`), signed with ES256 by one key that every node reads from the
//! store, so that any node believes a token of any other without asking.
//!
//! Time is judged by the house's clock, never by the library's.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use gateway_core::{Agb, Scopes};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::KeyError;

/// The only algorithm our tokens have.
const ALGORITHM: Algorithm = Algorithm::ES256;
/// `typ` of an access token: no other JWT of ours can pass for one.
const TYPE: &str = "at+jwt";
/// Longest token that is looked at.
const MAX_LENGTH: usize = 8 * 1024;

/// What a token says about its bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The client.
    pub(crate) client: String,
    /// What may be done.
    pub(crate) scopes: Scopes,
    /// The organisations it may act for.
    pub(crate) agbs: Vec<Agb>,
    /// Until when.
    pub(crate) expires: OffsetDateTime,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadToken {
    /// It was ours and its time is over.
    #[error("the access token has expired")]
    Expired,
    /// It is not one of ours, or not for us.
    #[error("the access token is not valid")]
    Invalid,
}

/// Signs our tokens and knows them again.
pub(super) struct Mint {
    signing: EncodingKey,
    verifying: DecodingKey,
    public: Jwk,
    kid: String,
    issuer: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    client_id: String,
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    jti: String,
    scope: String,
    agb: Vec<String>,
}

/// A new private key, as the store keeps it (PKCS #8).
pub(super) fn new_key() -> Vec<u8> {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .expect("the system's random source gives a key")
        .as_ref()
        .to_vec()
}

impl Mint {
    /// The mint of `issuer` with this private key.
    pub(super) fn new(pkcs8: &[u8], issuer: String) -> Result<Self, KeyError> {
        let signing = EncodingKey::from_ec_der(pkcs8);
        let mut public = Jwk::from_encoding_key(&signing, ALGORITHM).map_err(KeyError::Unusable)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).map_err(KeyError::Unusable)?;
        let verifying = DecodingKey::from_jwk(&public).map_err(KeyError::Unusable)?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { signing, verifying, public, kid, issuer })
    }

    /// The public half, for others to verify with.
    pub(super) fn public(&self) -> JwkSet {
        JwkSet { keys: vec![self.public.clone()] }
    }

    /// Who signs.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A token that says `grant`.
    pub(super) fn sign(&self, grant: &Grant, now: OffsetDateTime, jti: Uuid) -> Result<String, KeyError> {
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: grant.client.clone(),
            client_id: grant.client.clone(),
            aud: self.issuer.clone(),
            iat: now.unix_timestamp(),
            exp: grant.expires.unix_timestamp(),
            nbf: None,
            jti: jti.to_string(),
            scope: grant.scopes.to_string(),
            agb: grant.agbs.iter().map(Agb::to_string).collect(),
        };
        let header =
            Header { typ: Some(TYPE.to_owned()), kid: Some(self.kid.clone()), ..Header::new(ALGORITHM) };
        encode(&header, &claims, &self.signing).map_err(KeyError::Unusable)
    }

    /// What `token` says, when it is one of ours, for us, and its time is now.
    pub(super) fn verify(&self, token: &str, now: OffsetDateTime) -> Result<Grant, BadToken> {
        if token.len() > MAX_LENGTH {
            return Err(BadToken::Invalid);
        }
        let header = decode_header(token).map_err(|_| BadToken::Invalid)?;
        let ours = header.typ.as_deref() == Some(TYPE)
            && header.kid.as_deref() == Some(&self.kid)
            && header.crit.is_none();
        if !ours {
            return Err(BadToken::Invalid);
        }
        let claims = decode::<Claims>(token, &self.verifying, &self.validation())
            .map_err(|_| BadToken::Invalid)?
            .claims;
        if claims.nbf.is_some_and(|nbf| nbf > now.unix_timestamp()) {
            return Err(BadToken::Invalid);
        }
        let grant = claims.grant().ok_or(BadToken::Invalid)?;
        if grant.expires <= now { Err(BadToken::Expired) } else { Ok(grant) }
    }

    fn validation(&self) -> Validation {
        let mut validation = Validation::new(ALGORITHM);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.issuer]);
        validation.validate_exp = false;
        validation
    }
}

impl Claims {
    fn grant(self) -> Option<Grant> {
        Some(Grant {
            scopes: Scopes::parse(&self.scope).ok()?,
            agbs: self.agb.iter().map(|agb| agb.parse().ok()).collect::<Option<_>>()?,
            expires: OffsetDateTime::from_unix_timestamp(self.exp).ok()?,
            client: (self.sub == self.client_id).then_some(self.client_id)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::Duration;
    use time::macros::datetime;

    use super::*;
    use crate::oauth::testkeys::unsigned;

    const NOW: OffsetDateTime = datetime!(2026-09-14 08:00 UTC);
    const ISSUER: &str = "https://gateway.example";

    fn mint(key: &[u8]) -> Mint {
        Mint::new(key, ISSUER.to_owned()).unwrap()
    }

    fn grant() -> Grant {
        Grant {
            client: "xis".to_owned(),
            scopes: Scopes::parse("spreekuur/appointment.write system/Patient.rs").unwrap(),
            agbs: vec!["01000001".parse().unwrap()],
            expires: NOW + Duration::minutes(5),
        }
    }

    #[test]
    fn a_token_reads_back_on_every_node() {
        let key = new_key();
        let token = mint(&key).sign(&grant(), NOW, Uuid::nil()).unwrap();
        assert_eq!(mint(&key).verify(&token, NOW), Ok(grant()));
        let header = decode_header(&token).unwrap();
        assert_eq!((header.typ.as_deref(), header.alg), (Some("at+jwt"), Algorithm::ES256));
        assert_eq!(header.kid, mint(&key).public().keys[0].common.key_id);
    }

    #[test]
    fn a_token_ends_to_the_second() {
        let mint = mint(&new_key());
        let token = mint.sign(&grant(), NOW, Uuid::nil()).unwrap();
        assert!(mint.verify(&token, NOW + Duration::seconds(299)).is_ok());
        assert_eq!(mint.verify(&token, NOW + Duration::seconds(300)), Err(BadToken::Expired));
    }

    #[test]
    fn a_forged_foreign_or_unsigned_token_is_invalid() {
        let mint = mint(&new_key());
        let good = mint.sign(&grant(), NOW, Uuid::nil()).unwrap();
        let other = Mint::new(&new_key(), ISSUER.to_owned()).unwrap();
        let elsewhere = Mint {
            issuer: "https://elsewhere.example".to_owned(),
            ..Mint::new(&new_key(), ISSUER.to_owned()).unwrap()
        };
        let claims = json!({"iss": ISSUER, "sub": "xis", "client_id": "xis", "aud": ISSUER, "iat": 0,
            "exp": NOW.unix_timestamp() + 60, "jti": "1", "scope": "system/*.cruds", "agb": ["01000001"]});
        let signed = |header: Header| encode(&header, &claims, &mint.signing).unwrap();
        let kid = Some(mint.kid.clone());
        let (head, signature) = (good.split('.').next().unwrap(), good.rsplit('.').next().unwrap());
        let payload = unsigned(&claims).split('.').nth(1).unwrap().to_owned();
        for bad in [
            format!("{head}.{payload}.{signature}"),
            format!("{head}.{payload}."),
            unsigned(&claims),
            other.sign(&grant(), NOW, Uuid::nil()).unwrap(),
            elsewhere.sign(&grant(), NOW, Uuid::nil()).unwrap(),
            signed(Header { kid: kid.clone(), ..Header::new(ALGORITHM) }),
            signed(Header { typ: Some(TYPE.into()), ..Header::new(ALGORITHM) }),
            "garbage".to_owned(),
            String::new(),
            "x".repeat(MAX_LENGTH + 1),
        ] {
            assert_eq!(mint.verify(&bad, NOW), Err(BadToken::Invalid), "{bad}");
        }
        assert!(
            mint.verify(&signed(Header { typ: Some(TYPE.into()), kid, ..Header::new(ALGORITHM) }), NOW)
                .is_ok()
        );
    }

    #[test]
    fn claims_of_ours_that_do_not_fit_are_invalid() {
        let mint = mint(&new_key());
        let base = json!({"iss": ISSUER, "sub": "xis", "client_id": "xis", "aud": ISSUER, "iat": 0,
            "exp": NOW.unix_timestamp() + 60, "jti": "1", "scope": "system/*.cruds", "agb": ["01000001"]});
        for (name, value) in [
            ("iss", json!("https://elsewhere.example")),
            ("aud", json!("https://elsewhere.example")),
            ("sub", json!("other")),
            ("scope", json!("openid")),
            ("agb", json!(["1"])),
            ("nbf", json!(NOW.unix_timestamp() + 1)),
            ("exp", json!("later")),
        ] {
            let mut claims = base.clone();
            claims[name] = value;
            let header =
                Header { typ: Some(TYPE.into()), kid: Some(mint.kid.clone()), ..Header::new(ALGORITHM) };
            let token = encode(&header, &claims, &mint.signing).unwrap();
            assert_eq!(mint.verify(&token, NOW), Err(BadToken::Invalid), "{name}");
        }
    }

    #[test]
    fn the_published_keys_are_public() {
        let text = serde_json::to_string(&mint(&new_key()).public()).unwrap();
        assert!(text.contains("\"x\"") && !text.contains("\"d\""), "{text}");
    }
}
