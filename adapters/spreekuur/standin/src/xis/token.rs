//! The token for the XIS: by the client-credentials grant (3.4), or by exchanging the patient's own access token at the
//! authorization server (3.3; RFC 8693 section 2.1).

use adapter_kit::http::Record;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode};
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::conversation::Conversation;
use super::ending::Ending;
use super::order::{Grant, Order};
use crate::played::Played;

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The value of `Authorization` for the XIS.
pub(super) async fn bearer(
    played: &Played,
    order: &Order,
    conversation: &mut Conversation<'_>,
) -> Result<HeaderValue, Ending> {
    let form = form(played, order);
    let request = Request::post(order.token_url.as_str())
        .header(AUTHORIZATION, basic(&order.client_id, &order.client_secret))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(form.into_bytes())
        .map_err(|_| Ending::Unreachable)?;
    let answer = conversation.send(Method::POST, &order.token_url, request, Record::Masked).await?;

    let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if answer.status() != StatusCode::OK {
        let error = said["error"].as_str().unwrap_or("no error code");
        return Err(Ending::TokenRefused(error.to_owned()));
    }
    let token = said["access_token"].as_str().ok_or(Ending::Unreadable)?;
    HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| Ending::Unreadable)
}

fn form(played: &Played, order: &Order) -> String {
    let mut form = Serializer::new(String::new());
    match (order.grant, &order.patient) {
        (Grant::TokenExchange, Some(patient)) => {
            let own = || played.login_of(patient.bsn);
            let subject = patient.access_token.clone().unwrap_or_else(own);
            form.append_pair("grant_type", TOKEN_EXCHANGE)
                .append_pair("subject_token", &subject)
                .append_pair("subject_token_type", ACCESS_TOKEN)
                .append_pair("requested_token_type", ACCESS_TOKEN);
        }
        _ => {
            form.append_pair("grant_type", "client_credentials");
        }
    }
    for (name, value) in [("scope", &order.scope), ("audience", &order.audience)] {
        if let Some(value) = value {
            form.append_pair(name, value);
        }
    }
    form.finish()
}

/// The two halves are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}
