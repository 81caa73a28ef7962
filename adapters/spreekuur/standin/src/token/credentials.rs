//! What a token request asks, and how the client proves who it is.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use url::form_urlencoded;

use super::TokenRefusal;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A token request.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) grant_type: String,
    pub(crate) scope: Option<String>,
    pub(crate) proof: Proof,
}

/// The client's proof of who it is.
#[derive(Debug)]
pub(crate) enum Proof {
    /// `client_secret_basic` or `client_secret_post`.
    Secret { client_id: String, secret: String },
    /// `private_key_jwt`.
    Assertion { jwt: String, client_id: Option<String> },
}

impl Asked {
    pub(crate) fn read(headers: &HeaderMap, form: &[u8]) -> Result<Self, TokenRefusal> {
        let mut fields = fields(form)?;
        let proof = proof(headers, &mut fields)?;
        let grant_type =
            fields.remove("grant_type").ok_or(TokenRefusal::request("grant_type is required"))?;
        let scope = fields.remove("scope").filter(|scope| !scope.is_empty());
        Ok(Self { grant_type, scope, proof })
    }
}

/// RFC 6749 section 3.2: a parameter is given once.
fn fields(form: &[u8]) -> Result<HashMap<String, String>, TokenRefusal> {
    let mut fields = HashMap::new();
    for (name, value) in form_urlencoded::parse(form) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(TokenRefusal::request("A parameter is given twice"));
        }
    }
    Ok(fields)
}

/// RFC 6749 section 2.3: one method per request.
fn proof(headers: &HeaderMap, fields: &mut HashMap<String, String>) -> Result<Proof, TokenRefusal> {
    let client_id = fields.remove("client_id");
    let secret = fields.remove("client_secret");
    let jwt = fields.remove("client_assertion");
    let basic = headers.get(AUTHORIZATION).map(|value| basic(value.as_bytes()));

    match (basic, secret, jwt) {
        (Some(basic), None, None) => {
            let (id, secret) = basic.ok_or_else(|| TokenRefusal::client(headers))?;
            if client_id.is_some_and(|other| other != id) {
                return Err(TokenRefusal::request("client_id differs from the one in the header"));
            }
            Ok(Proof::Secret { client_id: id, secret })
        }
        (None, Some(secret), None) => {
            let client_id = client_id.ok_or_else(|| TokenRefusal::client(headers))?;
            Ok(Proof::Secret { client_id, secret })
        }
        (None, None, Some(jwt)) => {
            let right = fields.get("client_assertion_type").is_some_and(|kind| kind == JWT_BEARER);
            right.then_some(Proof::Assertion { jwt, client_id }).ok_or_else(|| TokenRefusal::client(headers))
        }
        (None, None, None) => Err(TokenRefusal::client(headers)),
        _ => Err(TokenRefusal::request("Only one way of proving the client may be used")),
    }
}

/// The two halves are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(header: &[u8]) -> Option<(String, String)> {
    let header = std::str::from_utf8(header).ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    // A text without `=` is one name with an empty value; `=` itself is encoded in it.
    let field = text.replace('=', "%3D").replace('&', "%26");
    form_urlencoded::parse(field.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_decoded() {
        for (plain, id, secret) in [
            ("zorgtolk:zorgtolk-secret", "zorgtolk", "zorgtolk-secret"),
            ("a%3Ab:c%20d+e", "a:b", "c d e"),
            ("a:b=c&d", "a", "b=c&d"),
            ("a:", "a", ""),
        ] {
            let header = format!("Basic {}", STANDARD.encode(plain));
            assert_eq!(basic(header.as_bytes()), Some((id.to_owned(), secret.to_owned())), "{plain}");
        }
        for header in ["Basic", "Basic !!", "Bearer eA==", "Basic eA=="] {
            assert_eq!(basic(header.as_bytes()), None, "{header}");
        }
    }
}
