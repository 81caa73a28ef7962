//! What a client can learn before it has a token: our keys, SMART's configuration (`dutch-fhir.md`, section 4.12) and
//! the metadata of RFC 8414.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use gateway_core::ResourceType;
use serde::Serialize;

use super::Oauth;
use super::jwks::ALGORITHMS;
use crate::App;

#[derive(Serialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
    token_endpoint: String,
    token_endpoint_auth_methods_supported: [&'static str; 3],
    token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    grant_types_supported: [&'static str; 1],
    response_types_supported: [&'static str; 0],
    scopes_supported: Vec<String>,
    capabilities: [&'static str; 3],
}

impl Configuration {
    fn of(oauth: &Oauth) -> Self {
        Self {
            issuer: oauth.mint.issuer().to_owned(),
            jwks_uri: format!("{}/.well-known/jwks.json", oauth.mint.issuer()),
            token_endpoint: oauth.endpoint(),
            token_endpoint_auth_methods_supported: [
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
            ],
            token_endpoint_auth_signing_alg_values_supported: ALGORITHMS
                .iter()
                .map(|algorithm| format!("{algorithm:?}"))
                .collect(),
            grant_types_supported: ["client_credentials"],
            response_types_supported: [],
            scopes_supported: scopes(),
            capabilities: [
                "client-confidential-symmetric",
                "client-confidential-asymmetric",
                "permission-v2",
            ],
        }
    }
}

fn scopes() -> Vec<String> {
    let own = ["spreekuur/appointment.write", "spreekuur/notification.write", "system/*.cruds"];
    let types = ResourceType::ALL.iter().map(|t| format!("system/{t}.cruds"));
    own.into_iter().map(str::to_owned).chain(types).collect()
}

/// `GET /.well-known/smart-configuration` and its like.
pub(super) async fn configuration(State(app): State<Arc<App>>) -> impl IntoResponse {
    Json(Configuration::of(&app.oauth))
}

/// `GET /.well-known/jwks.json`
pub(super) async fn keys(State(app): State<Arc<App>>) -> impl IntoResponse {
    Json(app.oauth.mint.public())
}
