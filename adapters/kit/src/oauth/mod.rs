//! Access tokens by the client-credentials grant (`spreekuur.md` section 3, choices 1 to 5).
//!
//! One [`TokenSource`] per link: it finds the token endpoint, proves who we are by one of four methods, keeps the token
//! until shortly before it expires, asks once however many wait, and drops a token the counterpart refuses. The
//! protocol is the `oauth2` crate's, the bytes are [`HttpClient`](crate::http::HttpClient)'s.

mod assertion;
mod discovery;
mod fault;
mod request;
mod settings;
mod source;

pub use assertion::{SigningAlgorithm, SigningKey, WrongSigningKey};
pub use fault::TokenFault;
pub use settings::{ClientAuthentication, OAuthSettings, TokenServer};
pub use source::{Token, TokenSource};
