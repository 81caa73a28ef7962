//! The body of a token request: `application/x-www-form-urlencoded` (RFC 6749, section 3.2 and appendix B).
//!
//! A parameter may occur once, one without a value counts as left out, and unknown ones are ignored.

use std::collections::BTreeMap;

use http::{HeaderMap, header};

use super::Refused;

/// The parameters of a token request.
#[derive(Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads a body.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refused> {
        if !is_form(headers) {
            return Err(Refused::request("the body must be application/x-www-form-urlencoded"));
        }
        if std::str::from_utf8(body).is_err() {
            return Err(Refused::request("the body is not UTF-8"));
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refused::request("a parameter occurs twice"));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// The value of a parameter that was sent with one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = one.to_str() else { return false };
    let media_type = text.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Form, Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap(),
        );
        Form::read(&headers, body.as_bytes())
    }

    #[test]
    fn values_are_decoded_and_empty_ones_left_out() {
        let form = read("grant_type=client_credentials&scope=a%2Fb+c&client_id=").ok().unwrap();
        assert_eq!(form.get("scope"), Some("a/b c"));
        assert_eq!(form.get("client_id"), None);
        assert_eq!(form.get("nothing"), None);
    }

    #[test]
    fn a_parameter_may_occur_once() {
        assert!(read("scope=a&scope=a").is_err());
        assert!(read("scope=&scope=a").is_err());
        assert!(read("x=%FF").is_ok(), "bad bytes in an ignored parameter become U+FFFD");
    }

    #[test]
    fn another_media_type_is_refused() {
        for bad in ["application/json", "text/plain", ""] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, bad.parse().unwrap());
            assert!(Form::read(&headers, b"a=b").is_err(), "{bad}");
        }
        assert!(Form::read(&HeaderMap::new(), b"a=b").is_err());
    }
}
