//! Tokens: `/oauth/token` and `/.well-known/*` (RFC 6749, 7523, 8414, 9068; SMART Backend Services).
//!
//! Clients are registered by an operator; they show a secret or sign an assertion, get a token of at most five
//! minutes, and never a refresh token. [`Oauth`] gives tokens and knows them again; who may do what with one,
//! `caller` decides.

mod assertion;
mod attempts;
mod credentials;
mod discovery;
mod form;
mod grant;
mod jwks;
mod refused;
#[cfg(test)]
pub(crate) mod testkeys;
mod token;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::routing::get;
use gateway_core::{Clock, Ids};
use gateway_engine::Engine;
use gateway_store::{Store, StoreError};
use http::{HeaderName, header};
use moka::sync::Cache;

use crate::{App, Settings};
use attempts::Attempts;
pub use jwks::{Jwks, JwksError};
use refused::{Refused, Way};
use token::Mint;
pub(crate) use token::{BadToken, Grant};

/// Nothing about a token is kept by anyone in between.
const NO_STORE: [(HeaderName, &str); 2] = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];

/// Longest life of a token (SMART Backend Services).
const MAX_LIFETIME: Duration = Duration::from_mins(5);

/// Tokens that are remembered as verified.
const REMEMBERED: u64 = 10_000;

/// Gives access tokens and knows them again.
pub struct Oauth {
    mint: Mint,
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    lifetime: Duration,
    attempts: Attempts,
    verified: Cache<[u8; 32], Arc<Grant>>,
}

/// The signing keys cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store does not give it.
    #[error("the signing key cannot be read from the store")]
    Store(#[source] StoreError),
    /// What is there is no key.
    #[error("the signing key cannot be used")]
    Unusable(#[source] jsonwebtoken::errors::Error),
}

impl Oauth {
    /// Reads or makes the signing keys.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn new(engine: &Engine, settings: &Settings) -> Result<Self, KeyError> {
        let parts = engine.parts();
        let key = parts.store.secret("signing-key", token::new_key).await.map_err(KeyError::Store)?;
        let issuer = settings.public_base.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            mint: Mint::new(&key, issuer)?,
            store: parts.store.clone(),
            clock: Arc::clone(&parts.clock),
            ids: Arc::clone(&parts.ids),
            lifetime: settings.token_lifetime.min(MAX_LIFETIME),
            attempts: Attempts::new(),
            verified: Cache::builder().max_capacity(REMEMBERED).time_to_live(MAX_LIFETIME).build(),
        })
    }

    /// What a bearer token says. The signature of a token is looked at once; its time always.
    pub(crate) fn verify(&self, token: &str) -> Result<Arc<Grant>, BadToken> {
        let now = self.clock.now();
        let name = name_of(token);
        if let Some(grant) = self.verified.get(&name) {
            return if grant.expires <= now { Err(BadToken::Expired) } else { Ok(grant) };
        }
        let grant = Arc::new(self.mint.verify(token, now)?);
        self.verified.insert(name, Arc::clone(&grant));
        Ok(grant)
    }

    /// The address tokens are asked at, and the audience of an assertion.
    fn endpoint(&self) -> String {
        format!("{}/oauth/token", self.mint.issuer())
    }
}

/// A token's name in the cache: the token itself is not kept.
fn name_of(token: &str) -> [u8; 32] {
    let hash = digest(&SHA256, token.as_bytes());
    hash.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/oauth/token", grant::route())
        .route("/.well-known/jwks.json", get(discovery::keys))
        .route("/.well-known/smart-configuration", get(discovery::configuration))
        .route("/.well-known/oauth-authorization-server", get(discovery::configuration))
        .route("/fhir/.well-known/smart-configuration", get(discovery::configuration))
}
