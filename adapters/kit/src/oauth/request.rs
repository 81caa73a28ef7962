//! One token request: the `oauth2` crate over our HTTP client.

use std::pin::Pin;
use std::time::Duration;

use ::http::StatusCode;
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenType};
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, RequestTokenError, Scope,
    TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use url::Url;

use super::{ClientAuthentication, OAuthSettings, TokenFault};
use crate::ExchangeLog;
use crate::http::{HttpClient, Record, retry_after};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What one request is made of.
pub(super) struct TokenRequest<'r> {
    pub(super) settings: &'r OAuthSettings,
    pub(super) endpoint: &'r Url,
    pub(super) http: &'r HttpClient,
    pub(super) now: OffsetDateTime,
    /// The unique name of the client assertion.
    pub(super) jti: String,
}

/// A token as it was given.
pub(super) struct Grant {
    pub(super) secret: SecretString,
    pub(super) expires_in: Option<Duration>,
}

/// Carries a fault through the `oauth2` crate.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Stopped(TokenFault);

impl TokenRequest<'_> {
    /// Sends it.
    pub(super) async fn send(self, log: &ExchangeLog) -> Result<Grant, TokenFault> {
        let settings = self.settings;
        let client = BasicClient::new(ClientId::new(settings.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(self.endpoint.clone()));
        let client = match &settings.authentication {
            ClientAuthentication::SecretBasic(secret) => {
                client.set_auth_type(AuthType::BasicAuth).set_client_secret(client_secret(secret))
            }
            ClientAuthentication::SecretPost(secret) => {
                client.set_auth_type(AuthType::RequestBody).set_client_secret(client_secret(secret))
            }
            ClientAuthentication::PrivateKeyJwt(_) | ClientAuthentication::TlsClientAuth => {
                client.set_auth_type(AuthType::RequestBody)
            }
        };
        let mut request = client.exchange_client_credentials();
        if let Some(scope) = &settings.scope {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        if let Some(audience) = &settings.audience {
            request = request.add_extra_param("audience", audience.clone());
        }
        if let Some(assertion) = self.assertion()? {
            request = request
                .add_extra_param("client_assertion_type", ASSERTION_TYPE)
                .add_extra_param("client_assertion", assertion);
        }
        let bytes = Bytes { http: self.http, now: self.now, log };
        let answer = request.request_async(&bytes).await.map_err(fault)?;
        if !matches!(answer.token_type(), BasicTokenType::Bearer) {
            return Err(TokenFault::Unreadable);
        }
        Ok(Grant { secret: answer.access_token().secret().as_str().into(), expires_in: answer.expires_in() })
    }

    fn assertion(&self) -> Result<Option<String>, TokenFault> {
        match &self.settings.authentication {
            ClientAuthentication::PrivateKeyJwt(key) => key
                .assertion(&self.settings.client_id, self.endpoint, self.jti.clone(), self.now)
                .ok_or(TokenFault::Assertion)
                .map(Some),
            ClientAuthentication::SecretBasic(_)
            | ClientAuthentication::SecretPost(_)
            | ClientAuthentication::TlsClientAuth => Ok(None),
        }
    }
}

/// The HTTP client as the `oauth2` crate wants it.
struct Bytes<'b> {
    http: &'b HttpClient,
    now: OffsetDateTime,
    log: &'b ExchangeLog,
}

impl Bytes<'_> {
    /// Sends the bytes, and keeps answers away from the `oauth2` crate that are no answers of a token endpoint.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Stopped> {
        let answer = self
            .http
            .send(request, Record::Masked, self.log)
            .await
            .map_err(|f| Stopped(TokenFault::Http(f)))?;
        match answer.status() {
            StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => Ok(answer),
            status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                Err(Stopped(TokenFault::Trouble { status, after: retry_after(answer.headers(), self.now) }))
            }
            status => Err(Stopped(TokenFault::NoEndpoint { status })),
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Bytes<'_> {
    type Error = Stopped;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Stopped>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

fn client_secret(secret: &SecretString) -> ClientSecret {
    ClientSecret::new(secret.expose_secret().to_owned())
}

fn fault(error: RequestTokenError<Stopped, BasicErrorResponse>) -> TokenFault {
    match error {
        RequestTokenError::Request(Stopped(fault)) => fault,
        RequestTokenError::ServerResponse(answer) => refused(answer.error()),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => TokenFault::Unreadable,
    }
}

fn refused(error: &BasicErrorResponseType) -> TokenFault {
    let code = match error {
        BasicErrorResponseType::InvalidClient => "invalid_client",
        BasicErrorResponseType::InvalidGrant => "invalid_grant",
        BasicErrorResponseType::InvalidRequest => "invalid_request",
        BasicErrorResponseType::InvalidScope => "invalid_scope",
        BasicErrorResponseType::UnauthorizedClient => "unauthorized_client",
        BasicErrorResponseType::UnsupportedGrantType => "unsupported_grant_type",
        BasicErrorResponseType::Extension(_) => "another error",
    };
    TokenFault::Refused { code }
}
