//! Tokens: `/oauth/token` and `/.well-known/*`.

use std::sync::Arc;

use axum::Router;
use gateway_engine::Engine;

use crate::{App, Settings};

/// Signing keys and what is known about clients.
pub struct Oauth {}

/// The signing keys cannot be read or made.
#[derive(Debug, thiserror::Error)]
#[error("no signing key")]
pub struct KeyError;

impl Oauth {
    /// Reads or makes the signing keys.
    #[expect(clippy::unused_async, reason = "it will ask the store for the keys")]
    pub async fn new(_engine: &Engine, _settings: &Settings) -> Result<Self, KeyError> {
        Ok(Self {})
    }
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
}
