//! What a client shows to prove who it is: one of three methods, never two at once (RFC 6749, section 2.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use secrecy::SecretString;

use super::form::Form;
use super::{Refused, Way};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longest client id that is looked up.
const MAX_ID: usize = 256;

/// What was shown.
pub(super) enum Credentials {
    /// `client_secret_basic` or `client_secret_post`.
    Secret { id: String, secret: SecretString, way: Way },
    /// `private_key_jwt`; the id, when the form names one too.
    Assertion { id: Option<String>, jwt: String },
}

impl Credentials {
    /// Finds the one method that was used.
    pub(super) fn read(headers: &HeaderMap, form: &Form) -> Result<Self, Refused> {
        let basic = basic(headers)?;
        let id = form.get("client_id");
        let assertion = form.get("client_assertion").or(form.get("client_assertion_type"));
        match (basic, form.get("client_secret"), assertion) {
            (Some((user, secret)), None, None) => {
                if id.is_some_and(|id| id != user) {
                    return Err(Refused::request("client_id differs from the Authorization header"));
                }
                secret_of(user, secret, Way::Header)
            }
            (None, Some(secret), None) => {
                let id = id.ok_or_else(|| Refused::request("client_id is missing"))?;
                secret_of(id.to_owned(), secret.to_owned(), Way::Form)
            }
            (None, None, Some(_)) => assertion_of(form),
            (None, None, None) => Err(Refused::client(Way::Header)),
            _ => Err(Refused::request("more than one way of client authentication")),
        }
    }
}

fn secret_of(id: String, secret: String, way: Way) -> Result<Credentials, Refused> {
    if id.len() > MAX_ID {
        return Err(Refused::client(way));
    }
    Ok(Credentials::Secret { id, secret: SecretString::from(secret), way })
}

fn assertion_of(form: &Form) -> Result<Credentials, Refused> {
    let jwt = form.get("client_assertion").ok_or_else(|| Refused::request("client_assertion is missing"))?;
    if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(Refused::request("client_assertion_type is missing or not the one for JWTs"));
    }
    Ok(Credentials::Assertion { id: form.get("client_id").map(str::to_owned), jwt: jwt.to_owned() })
}

/// The id and secret of `Authorization: Basic`, each form-urlencoded before they were joined (section 2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Refused> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::request("more than one Authorization header"));
    }
    let unreadable = || Refused::client(Way::Header);
    let (scheme, rest) = value.to_str().ok().and_then(|v| v.split_once(' ')).ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(unreadable());
    }
    let bytes = STANDARD.decode(rest.trim()).map_err(|_| unreadable())?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable())?;
    let (id, secret) = text.split_once(':').ok_or_else(unreadable)?;
    Ok(Some((urlencoded(id).ok_or_else(unreadable)?, urlencoded(secret).ok_or_else(unreadable)?)))
}

/// Undoes form-urlencoding; `None` when what comes out is no UTF-8.
fn urlencoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |b: Option<u8>| char::from(b?).to_digit(16);
                let value = digit(rest.next())? * 16 + digit(rest.next())?;
                bytes.push(u8::try_from(value).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn form(body: &str) -> Form {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        Form::read(&headers, body.as_bytes()).ok().unwrap()
    }

    fn with_basic(user_and_secret: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = format!("bAsIc {}", STANDARD.encode(user_and_secret));
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    }

    fn secret(headers: &HeaderMap, body: &str) -> Option<(String, String)> {
        match Credentials::read(headers, &form(body)) {
            Ok(Credentials::Secret { id, secret, .. }) => Some((id, secret.expose_secret().to_owned())),
            _ => None,
        }
    }

    #[test]
    fn basic_parts_are_form_urlencoded() {
        for (sent, id, password) in [
            ("xis:s3cr3t", "xis", "s3cr3t"),
            ("x%3Ais:a%2Bb+c%25", "x:is", "a+b c%"),
            ("xis:a:b", "xis", "a:b"),
            ("caf%C3%A9:", "café", ""),
        ] {
            assert_eq!(secret(&with_basic(sent), ""), Some((id.into(), password.into())), "{sent}");
        }
        for bad in ["xis", "xis:%G0", "xis:%2", "%FF:x"] {
            assert_eq!(secret(&with_basic(bad), ""), None, "{bad}");
        }
    }

    #[test]
    fn one_way_of_authentication_at_a_time() {
        let none = HeaderMap::new();
        assert!(secret(&none, "client_id=a&client_secret=b").is_some());
        assert!(secret(&with_basic("a:b"), "client_id=a").is_some());
        for (headers, body) in [
            (with_basic("a:b"), "client_secret=b"),
            (with_basic("a:b"), "client_id=c"),
            (with_basic("a:b"), "client_assertion=x"),
            (none.clone(), "client_id=a&client_secret=b&client_assertion_type=x"),
            (none.clone(), "client_secret=b"),
            (none.clone(), "client_assertion=x"),
        ] {
            let refused = Credentials::read(&headers, &form(body)).err().unwrap();
            assert!(format!("{refused:?}").contains("Request"), "{body}");
        }
        assert_eq!(Credentials::read(&none, &form("client_id=a")).err(), Some(Refused::client(Way::Header)));
    }

    proptest::proptest! {
        #[test]
        fn urlencoding_reads_back(text in ".{0,40}") {
            let sent: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            proptest::prop_assert_eq!(urlencoded(&sent), Some(text));
        }

        #[test]
        fn any_authorization_header_is_read_without_panic(text in "[ -~]{0,60}") {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, text.parse().unwrap());
            drop(basic(&headers));
        }
    }
}
