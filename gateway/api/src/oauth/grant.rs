//! `POST /oauth/token`: the client credentials grant (RFC 6749, section 4.4; `dutch-fhir.md`, section 4.12).

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, post};
use bytes::Bytes;
use gateway_core::Scopes;
use gateway_store::{Assertion, Client, ClientAuth, StoreError};
use http::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::credentials::Credentials;
use super::form::Form;
use super::jwks::Jwks;
use super::token::Grant;
use super::{NO_STORE, Oauth, Refused, Way, assertion};
use crate::App;

/// Longest token request that is read.
const MAX_BODY: usize = 64 * 1024;

/// A hash no secret has: compared with when there is no client, so that both cost the same.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[derive(Serialize)]
struct Granted {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    scope: String,
}

pub(super) fn route() -> MethodRouter<Arc<App>> {
    post(grant).layer(DefaultBodyLimit::max(MAX_BODY))
}

async fn grant(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<impl IntoResponse, Refused> {
    let body = body.map_err(|_| Refused::request("the body is too long or was cut off"))?;
    let form = Form::read(&headers, &body)?;
    match form.get("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(Refused::grant()),
        None => return Err(Refused::request("grant_type is missing")),
    }
    let client = app.oauth.authenticate(Credentials::read(&headers, &form)?).await?;
    let scopes = granted(&client, form.get("scope"))?;
    app.oauth.give(&client, scopes).map(|granted| (NO_STORE, Json(granted)))
}

/// All that is registered when nothing is asked, else what is asked when all of it is registered.
fn granted(client: &Client, asked: Option<&str>) -> Result<Scopes, Refused> {
    let registered = Scopes::parse(&client.scope).map_err(|_| Refused::scope())?;
    let Some(asked) = asked else { return Ok(registered) };
    match Scopes::parse(asked) {
        Ok(scopes) if !asked.trim().is_empty() && registered.cover(&scopes) => Ok(scopes),
        Ok(_) | Err(_) => Err(Refused::scope()),
    }
}

impl Oauth {
    /// The living client that these credentials prove.
    async fn authenticate(&self, credentials: Credentials) -> Result<Client, Refused> {
        match credentials {
            Credentials::Secret { id, secret, way } => self.by_secret(&id, &secret, way).await,
            Credentials::Assertion { id, jwt } => self.by_assertion(id.as_deref(), &jwt).await,
        }
    }

    async fn by_secret(&self, id: &str, secret: &SecretString, way: Way) -> Result<Client, Refused> {
        let now = self.clock.now();
        if let Some(after) = self.attempts.wait(id, now) {
            return Err(Refused::too_many(after));
        }
        let client = self.living(id).await?;
        let expected = match client.as_ref().map(|client| &client.auth) {
            Some(ClientAuth::SecretHash(hash)) => hash,
            Some(ClientAuth::Jwks(_)) | None => NO_HASH,
        };
        let shown = self.store.keyed_hash("client-secret", secret.expose_secret());
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(shown.as_bytes(), expected.as_bytes());
        match client {
            Some(client) if same.is_ok() => Ok(client),
            _ => {
                self.attempts.failed(id, now);
                tracing::info!("a client did not prove who it is with its secret");
                Err(Refused::client(way))
            }
        }
    }

    async fn by_assertion(&self, id: Option<&str>, jwt: &str) -> Result<Client, Refused> {
        let refused = || Refused::client(Way::Form);
        let issuer =
            assertion::issuer(jwt).filter(|iss| id.is_none_or(|id| id == iss)).ok_or_else(refused)?;
        let client = self.living(&issuer).await?.ok_or_else(refused)?;
        let ClientAuth::Jwks(jwks) = &client.auth else { return Err(refused()) };
        let jwks = Jwks::parse(jwks).map_err(|_| refused())?;
        let now = self.clock.now();
        let proof = assertion::believe(jwt, &client.id, &jwks, &self.endpoint(), now).map_err(|reason| {
            tracing::info!(client = %client.id, %reason, "an assertion is not believed");
            refused()
        })?;
        let used = Assertion { client: client.id.clone(), jti: proof.jti, expires: proof.expires };
        match self.store.use_assertion(&used, now).await {
            Ok(true) => Ok(client),
            Ok(false) => Err(refused()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn living(&self, id: &str) -> Result<Option<Client>, Refused> {
        let client = self.store.client(id).await.map_err(|error| unavailable(&error))?;
        Ok(client.filter(|client| client.revoked.is_none()))
    }

    fn give(&self, client: &Client, scopes: Scopes) -> Result<Granted, Refused> {
        let now = self.clock.now();
        let scope = scopes.to_string();
        let grant = Grant {
            client: client.id.clone(),
            scopes,
            agbs: client.agbs.clone(),
            expires: now + self.lifetime,
        };
        let access_token = self.mint.sign(&grant, now, self.ids.next()).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "an access token could not be signed");
            Refused::unavailable()
        })?;
        Ok(Granted { access_token, token_type: "Bearer", expires_in: self.lifetime.as_secs(), scope })
    }
}

fn unavailable(error: &StoreError) -> Refused {
    tracing::error!(error = error as &dyn std::error::Error, "a client could not be looked up");
    Refused::unavailable()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(scope: &str) -> Client {
        Client {
            id: "xis".to_owned(),
            auth: ClientAuth::SecretHash(String::new()),
            scope: scope.to_owned(),
            agbs: Vec::new(),
            revoked: None,
        }
    }

    #[test]
    fn a_part_of_the_registered_scopes_may_be_asked() {
        let client = client("system/Appointment.cruds system/Patient.rs");
        for (asked, given) in [
            (None, Some("system/Appointment.cruds system/Patient.rs")),
            (Some("system/Patient.r"), Some("system/Patient.r")),
            (Some("spreekuur/appointment.write"), Some("spreekuur/appointment.write")),
            (Some("system/Patient.cruds"), None),
            (Some("system/*.rs"), None),
            (Some("openid"), None),
            (Some("  "), None),
        ] {
            assert_eq!(granted(&client, asked).ok().map(|s| s.to_string()).as_deref(), given, "{asked:?}");
        }
    }
}
