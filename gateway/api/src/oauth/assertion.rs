//! `private_key_jwt`: a client proves who it is with a JWT it signed (RFC 7523; `dutch-fhir.md`, section 4.12).
//!
//! Pure: the replay cache is asked by the caller, last. Every failure is the same to the client; the reason is for
//! the log and names no value.

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::jwks::{ALGORITHMS, Jwks};

/// How far ahead an assertion may expire.
const MAX_LIFETIME: Duration = Duration::minutes(5);
/// How far the client's clock may be off.
const SKEW: Duration = Duration::seconds(60);
/// Longest `jti` that is remembered.
const MAX_JTI: usize = 256;
/// Longest assertion that is looked at.
const MAX_LENGTH: usize = 16 * 1024;

/// Why an assertion is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Disbelieved(&'static str);

/// What an assertion claims.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    jti: String,
    nbf: Option<f64>,
    iat: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// A believed assertion, as the replay cache wants it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// `jti`
    pub(super) jti: String,
    /// Until when the `jti` must be remembered.
    pub(super) expires: OffsetDateTime,
}

/// Whose assertion it says it is, before anything is believed: which client's keys to look up.
pub(super) fn issuer(jwt: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    if jwt.len() > MAX_LENGTH {
        return None;
    }
    let claims: Issuer = jsonwebtoken::dangerous::insecure_decode_claims(jwt).ok()?;
    Some(claims.iss)
}

/// Believes an assertion of `client` for this token endpoint, or not.
pub(super) fn believe(
    jwt: &str,
    client: &str,
    jwks: &Jwks,
    token_endpoint: &str,
    now: OffsetDateTime,
) -> Result<Proof, Disbelieved> {
    let header = decode_header(jwt).map_err(|_| Disbelieved("the header is unreadable"))?;
    let kid = judge_header(&header)?;
    let key = jwks
        .find(kid, header.alg)
        .ok_or(Disbelieved("no registered key has this kid and fits the algorithm"))?;
    let claims = decode::<Claims>(jwt, &key, &signature_only(&header))
        .map_err(|_| Disbelieved("the signature or a claim is wrong"))?
        .claims;
    judge_claims(&claims, client, token_endpoint, now)
}

/// The library looks at the signature; time and names are judged here, by the house's clock.
fn signature_only(header: &Header) -> Validation {
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn judge_header(header: &Header) -> Result<&str, Disbelieved> {
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Disbelieved("the algorithm is not offered"));
    }
    // Keys are registered inline: a key or an address of keys that travels with the assertion is the sender's word only.
    if header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some() {
        return Err(Disbelieved("the header brings keys along"));
    }
    if header.crit.is_some() {
        return Err(Disbelieved("the header has critical extensions"));
    }
    header.kid.as_deref().ok_or(Disbelieved("the header has no kid"))
}

fn judge_claims(
    claims: &Claims,
    client: &str,
    token_endpoint: &str,
    now: OffsetDateTime,
) -> Result<Proof, Disbelieved> {
    let audience = match &claims.aud {
        Audience::One(one) => Some(one.as_str()),
        Audience::Many(many) => many.first().filter(|_| many.len() == 1).map(String::as_str),
    };
    let expires = instant(claims.exp)?;
    let not_before = claims.nbf.into_iter().chain(claims.iat).map(instant).collect::<Result<Vec<_>, _>>()?;
    if claims.iss != client || claims.sub != client {
        Err(Disbelieved("iss and sub are not the client"))
    } else if audience != Some(token_endpoint) {
        Err(Disbelieved("aud is not this token endpoint"))
    } else if expires + SKEW <= now {
        Err(Disbelieved("it has expired"))
    } else if expires > now + MAX_LIFETIME + SKEW {
        Err(Disbelieved("it expires more than five minutes ahead"))
    } else if not_before.iter().any(|at| *at > now + SKEW) {
        Err(Disbelieved("it is not valid yet"))
    } else if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
        Err(Disbelieved("jti is empty or too long"))
    } else {
        Ok(Proof { jti: claims.jti.clone(), expires: expires + SKEW })
    }
}

/// A `NumericDate` (RFC 7519), which may have a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, and what saturates is refused below"
)]
fn instant(seconds: f64) -> Result<OffsetDateTime, Disbelieved> {
    // Adding a skew at the very end of time must not overflow.
    let bad = Disbelieved("a time is out of range");
    if !(0.0..=1e11).contains(&seconds) {
        return Err(bad);
    }
    OffsetDateTime::from_unix_timestamp(seconds.floor() as i64).map_err(|_| bad)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;
    use crate::oauth::testkeys::Pair;

    const NOW: OffsetDateTime = datetime!(2026-09-14 08:00 UTC);
    const ENDPOINT: &str = "https://gateway.example/oauth/token";

    fn claims() -> Value {
        let now = NOW.unix_timestamp();
        json!({"iss": "xis", "sub": "xis", "aud": ENDPOINT, "exp": now + 300, "jti": "1"})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn judged(pair: &Pair, claims: &Value) -> Result<Proof, Disbelieved> {
        let jwks = Jwks::parse(&pair.jwks()).unwrap();
        believe(&pair.sign(claims), "xis", &jwks, ENDPOINT, NOW)
    }

    #[test]
    fn an_assertion_is_believed_with_each_algorithm() {
        for algorithm in ALGORITHMS {
            let pair = Pair::new(algorithm, "k1");
            let proof = judged(&pair, &claims()).unwrap_or_else(|e| panic!("{algorithm:?}: {e}"));
            assert_eq!(proof.jti, "1");
            assert_eq!(issuer(&pair.sign(&claims())).as_deref(), Some("xis"));
        }
    }

    #[test]
    fn each_claim_is_judged() {
        let now = NOW.unix_timestamp();
        let pair = Pair::new(jsonwebtoken::Algorithm::ES384, "k1");
        for good in [
            with("exp", json!(now - 59)),
            with("exp", json!(now + 360)),
            with("exp", json!(1.5 + 1_789_372_800.0)),
            with("aud", json!([ENDPOINT])),
            with("nbf", json!(now + 60)),
            with("iat", json!(now)),
        ] {
            assert!(judged(&pair, &good).is_ok(), "{good}");
        }
        for bad in [
            with("exp", json!(now - 60)),
            with("exp", json!(now + 361)),
            with("exp", json!("soon")),
            with("exp", json!(1e300)),
            with("exp", json!(-1)),
            with("nbf", json!(now + 61)),
            with("iat", json!(now + 61)),
            with("iss", json!("other")),
            with("sub", json!("other")),
            with("aud", json!("https://gateway.example/oauth/token/")),
            with("aud", json!("https://gateway.example")),
            with("aud", json!([ENDPOINT, "https://elsewhere.example"])),
            with("aud", json!([])),
            with("jti", json!("")),
            with("jti", json!("x".repeat(257))),
            with("jti", Value::Null),
        ] {
            assert!(judged(&pair, &bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_header_is_judged() {
        let pair = Pair::new(jsonwebtoken::Algorithm::ES384, "k1");
        let jwks = Jwks::parse(&pair.jwks()).unwrap();
        let try_header = |change: &dyn Fn(&mut Header)| {
            let jwt = pair.sign_with(&claims(), change);
            believe(&jwt, "xis", &jwks, ENDPOINT, NOW).is_ok()
        };
        assert!(try_header(&|_| {}));
        assert!(!try_header(&|h| h.kid = None));
        assert!(!try_header(&|h| h.kid = Some("k2".into())));
        assert!(!try_header(&|h| h.jku = Some("https://elsewhere.example/jwks".into())));
        assert!(!try_header(&|h| h.x5u = Some("https://elsewhere.example/x".into())));
        assert!(!try_header(&|h| h.crit = Some(vec!["b64".into()])));
    }

    #[test]
    fn another_key_no_signature_and_hmac_are_not_believed() {
        let pair = Pair::new(jsonwebtoken::Algorithm::ES256, "k1");
        let other = Pair::new(jsonwebtoken::Algorithm::ES256, "k1");
        let jwks = Jwks::parse(&pair.jwks()).unwrap();
        let hmac = jsonwebtoken::encode(
            &Header { kid: Some("k1".into()), ..Header::new(jsonwebtoken::Algorithm::HS256) },
            &claims(),
            &jsonwebtoken::EncodingKey::from_secret(pair.jwks().as_bytes()),
        )
        .unwrap();
        for bad in [
            other.sign(&claims()),
            hmac,
            crate::oauth::testkeys::unsigned(&claims()),
            "a.b.c".into(),
            String::new(),
        ] {
            assert!(believe(&bad, "xis", &jwks, ENDPOINT, NOW).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in "[a-zA-Z0-9_.-]{0,80}") {
            let pair = Jwks::parse(r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"eA","y":"eQ"}]}"#).unwrap();
            proptest::prop_assert!(believe(&text, "xis", &pair, ENDPOINT, NOW).is_err());
            proptest::prop_assert!(issuer(&text).is_none());
        }
    }
}
