//! Where tokens come from and how we prove who we are.

use secrecy::SecretString;
use url::Url;

use super::SigningKey;

/// What a token source needs to know.
#[derive(Debug, Clone)]
pub struct OAuthSettings {
    /// Who gives tokens.
    pub server: TokenServer,
    /// Our name there.
    pub client_id: String,
    /// How we prove it.
    pub authentication: ClientAuthentication,
    /// What is asked for; `None` leaves the parameter out.
    pub scope: Option<String>,
    /// For whom the token is meant; `None` leaves the parameter out.
    pub audience: Option<String>,
}

/// Who gives tokens.
#[derive(Debug, Clone)]
pub enum TokenServer {
    /// The token endpoint itself.
    Endpoint(Url),
    /// An issuer whose metadata names the endpoint (`OpenID` Connect Discovery 1.0).
    Issuer(Url),
}

/// How a client proves who it is (RFC 6749 section 2.3.1, RFC 7523, RFC 8705).
#[derive(Debug, Clone)]
pub enum ClientAuthentication {
    /// `client_secret_basic`
    SecretBasic(SecretString),
    /// `client_secret_post`
    SecretPost(SecretString),
    /// `private_key_jwt`
    PrivateKeyJwt(SigningKey),
    /// `tls_client_auth`: the transport's identity.
    TlsClientAuth,
}
