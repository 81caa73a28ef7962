//! Finding the token endpoint of an issuer (`OpenID` Connect Discovery 1.0 section 4).

use ::http::{Request, StatusCode, header};
use serde::Deserialize;
use url::Url;

use super::TokenFault;
use crate::ExchangeLog;
use crate::http::{HttpClient, Record, retry_after};

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    token_endpoint: Url,
}

/// Asks the issuer's metadata for the token endpoint.
pub(super) async fn token_endpoint(
    issuer: &Url,
    http: &HttpClient,
    now: time::OffsetDateTime,
    log: &ExchangeLog,
) -> Result<Url, TokenFault> {
    let issuer = issuer.as_str().trim_end_matches('/');
    let request = Request::get(format!("{issuer}/.well-known/openid-configuration"))
        .header(header::ACCEPT, "application/json")
        .body(Vec::new())
        .map_err(|_| TokenFault::Metadata)?;
    let answer = http.send(request, Record::Bodies, log).await.map_err(TokenFault::Http)?;
    match answer.status() {
        StatusCode::OK => {}
        status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
            return Err(TokenFault::Trouble { status, after: retry_after(answer.headers(), now) });
        }
        status => return Err(TokenFault::NoEndpoint { status }),
    }
    let metadata: Metadata = serde_json::from_slice(answer.body()).map_err(|_| TokenFault::Metadata)?;
    if metadata.issuer.trim_end_matches('/') != issuer {
        return Err(TokenFault::Metadata);
    }
    Ok(metadata.token_endpoint)
}
