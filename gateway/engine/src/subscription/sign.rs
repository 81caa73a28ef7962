//! Signatures of Standard Webhooks (<https://www.standardwebhooks.com>): HMAC-SHA256 over id, moment and body.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use aws_lc_rs::rand::fill;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use time::OffsetDateTime;

/// Bytes of a secret.
const LENGTH: usize = 32;

/// A new secret.
pub(super) fn new_secret() -> SecretSlice<u8> {
    let mut secret = vec![0; LENGTH];
    fill(&mut secret).expect("the system gives random bytes");
    secret.into()
}

/// A secret as a subscriber writes it down.
pub(super) fn shown(secret: &SecretSlice<u8>) -> SecretString {
    format!("whsec_{}", STANDARD.encode(secret.expose_secret())).into()
}

/// The headers that sign a message: name and value.
pub(super) fn headers(
    secret: &SecretSlice<u8>,
    id: &str,
    at: OffsetDateTime,
    body: &[u8],
) -> [(&'static str, String); 3] {
    let at = at.unix_timestamp().to_string();
    let signed = [id.as_bytes(), b".", at.as_bytes(), b".", body].concat();
    let mac = sign(&Key::new(HMAC_SHA256, secret.expose_secret()), &signed);
    let signature = format!("v1,{}", STANDARD.encode(mac.as_ref()));
    [("webhook-id", id.to_owned()), ("webhook-timestamp", at), ("webhook-signature", signature)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by hand with another program: HMAC-SHA256 of `msg_1.1790000000.{}` under 32 bytes of 7.
    #[test]
    fn a_message_is_signed_as_the_standard_says() {
        let secret: SecretSlice<u8> = vec![7; 32].into();
        let at = OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap();
        let headers = headers(&secret, "msg_1", at, b"{}");
        assert_eq!(headers[0], ("webhook-id", "msg_1".to_owned()));
        assert_eq!(headers[1], ("webhook-timestamp", "1790000000".to_owned()));
        assert_eq!(headers[2].1, "v1,QJxB49ra/j/wOOP2V6vBjcOYmc1KvsDE7pz8HHZ0TcA=");
        assert!(shown(&secret).expose_secret().starts_with("whsec_BwcH"));
    }

    #[test]
    fn secrets_differ() {
        assert_ne!(new_secret().expose_secret(), new_secret().expose_secret());
    }
}
