//! `private_key_jwt` (RFC 7523; `spreekuur.md` section 3, choice 2): signature, `iss` = `sub` = client, `aud` = token
//! endpoint, `exp` at most 5 minutes ahead, each `jti` once.

use std::collections::HashMap;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use crate::settings::Client;

const AT_MOST_AHEAD: Duration = Duration::minutes(5);

/// The assertions seen, so that none works twice.
#[derive(Debug, Default)]
pub(crate) struct Assertions {
    used: HashMap<String, OffsetDateTime>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    jti: String,
    exp: i64,
}

impl Assertions {
    /// Whether `jwt` proves, now, that the caller is `client`.
    pub(crate) fn proves(&mut self, client: &Client, jwt: &str, audience: &str, now: OffsetDateTime) -> bool {
        self.claims(client, jwt, audience, now).is_some()
    }

    fn claims(&mut self, client: &Client, jwt: &str, audience: &str, now: OffsetDateTime) -> Option<()> {
        let claims = verified(client, jwt, audience)?;
        let expires = OffsetDateTime::from_unix_timestamp(claims.exp).ok()?;
        let timely = now < expires && expires <= now + AT_MOST_AHEAD;
        if !timely || claims.iss != client.client_id || claims.sub != client.client_id {
            return None;
        }
        self.used.retain(|_, expires| now < *expires);
        self.used.insert(format!("{} {}", client.client_id, claims.jti), expires).is_none().then_some(())
    }
}

/// The client a JWT says it is from, before anything is proved.
pub(crate) fn claimed_client(jwt: &str) -> Option<String> {
    let claims = jsonwebtoken::dangerous::insecure_decode::<Claims>(jwt).ok()?.claims;
    Some(claims.sub)
}

fn verified(client: &Client, jwt: &str, audience: &str) -> Option<Claims> {
    let pem = client.public_key_pem.as_deref()?.as_bytes();
    let algorithm = decode_header(jwt).ok()?.alg;
    let key = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => DecodingKey::from_rsa_pem(pem),
        Algorithm::ES256 => DecodingKey::from_ec_pem(pem),
        _ => return None,
    };
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[audience]);
    validation.validate_exp = false; // by the stand-in's clock, above
    decode::<Claims>(jwt, &key.ok()?, &validation).ok().map(|token| token.claims)
}
