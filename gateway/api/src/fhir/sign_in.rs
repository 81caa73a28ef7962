//! Signing a person in at a counterpart, as operations on the link's Endpoint.
//!
//! `$sign-in` gives a session, which the caller keeps and brings along in `X-Counterpart-Session` when it asks on that
//! person's behalf; `$send-code` and `$confirm` are the second factor, `$sign-out` ends it. The gateway keeps neither
//! password, code nor session. Each takes and gives a Parameters resource.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::post;
use gateway_core::{Issue, IssueCode, LinkId, Problem, Resource, ResourceType};
use gateway_moulds::session_parameters;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use secrecy::{ExposeSecret, SecretString};

use super::wish::Wish;
use super::{answer, body};
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

/// An operation on the Endpoint of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is explained by its name")]
pub enum Operation {
    SignIn,
    SendCode,
    Confirm,
    SignOut,
}

impl Operation {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::SignIn, Self::SendCode, Self::Confirm, Self::SignOut];

    /// Its name, without the `$`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SendCode => "send-code",
            Self::Confirm => "confirm",
            Self::SignOut => "sign-out",
        }
    }

    /// The template of its path.
    #[must_use]
    pub fn path(self) -> String {
        format!("/fhir/Endpoint/{{id}}/${}", self.name())
    }
}

pub(super) fn router() -> Router<Arc<App>> {
    Operation::ALL.into_iter().fold(Router::new(), |router, operation| {
        let handler =
            move |app, access, link, wish, request| act(operation, app, access, link, wish, request);
        router.route(&operation.path(), post(handler).fallback(only_post))
    })
}

async fn only_post() -> Refused {
    Refused(Problem::NotAllowed { allow: "POST" })
}

async fn act(
    operation: Operation,
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Path(link): Path<String>,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    wish.no_parameters()?;
    let link: LinkId = link.parse().map_err(|_| Refused(Problem::NotFound))?;
    let sent = body::resource(&app, request, ResourceType::Parameters).await?;
    let engine = &app.engine;
    let session = || secret(&sent, "session").map(adapter_kit::Session);
    match operation {
        Operation::SignIn => {
            let (user, password) = (text(&sent, "user")?, secret(&sent, "password")?);
            let session = engine.open_session(&caller, &link, user, &password).await?;
            let mut response = answer::json(session_parameters(session.0.expose_secret()), &wish);
            response.headers_mut().insert(CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
            return Ok(response);
        }
        Operation::SendCode => engine.send_code(&caller, &link, &session()?).await?,
        Operation::Confirm => {
            engine.confirm_code(&caller, &link, &session()?, &secret(&sent, "code")?).await?;
        }
        Operation::SignOut => engine.close_session(&caller, &link, &session()?).await?,
    }
    Ok(answer::status(StatusCode::NO_CONTENT))
}

/// The value of a parameter, which occurs once.
///
/// # Errors
/// 400 that names the parameter.
fn text<'r>(sent: &'r Resource, name: &str) -> Result<&'r str, Refused> {
    let all = sent.root().get("parameter");
    let mut named = all
        .into_iter()
        .flat_map(gateway_core::json::Node::items)
        .filter(|one| one.text("name") == Some(name));
    let value = named.next().and_then(|one| one.text("valueString")).filter(|value| !value.is_empty());
    if let (Some(value), None) = (value, named.next()) {
        return Ok(value);
    }
    let text = format!("The parameter {name} must be there once, as a valueString.");
    let place = format!("Parameters.parameter.where(name='{name}')");
    Err(Refused(Problem::Malformed(vec![Issue::error(IssueCode::Required, text).at(place)])))
}

fn secret(sent: &Resource, name: &str) -> Result<SecretString, Refused> {
    text(sent, name).map(SecretString::from)
}
