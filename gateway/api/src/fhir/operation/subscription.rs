//! What a subscription told so far, and its secret (`docs/subscriptions.md`). A line of the routing table has neither.

use axum::response::Response;
use gateway_core::json::quoted;
use gateway_core::{Id, Issue, IssueCode, Problem};
use gateway_engine::subscription::{Asked, Content};
use gateway_moulds::secret_parameters;
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use secrecy::ExposeSecret;

use super::Call;
use crate::fhir::place::At;
use crate::fhir::{address, answer};
use crate::problem::Refused;

/// `$status`: a searchset of the status of each.
pub(super) async fn status(call: Call) -> Result<Response, Refused> {
    let ids = match &call.at {
        At::Instance(key) => vec![key.id.clone()],
        At::System | At::Type(_) => ids(&call)?,
    };
    let wanted: Vec<&str> = call.input.texts("status").collect();
    let all = call.app.engine.subscription_statuses(&call.caller, &ids).await?;
    let told = all.iter().filter(|one| wanted.is_empty() || wanted.contains(&one.status.as_str()));
    let base = address::base(&call.app);
    let entries: Vec<_> = told
        .map(|one| {
            let full_url = quoted(&format!("{base}/Subscription/{}/$status", one.id));
            format!(r#"{{"fullUrl":{full_url},"resource":{},"search":{{"mode":"match"}}}}"#, one.text)
        })
        .collect();
    let own = match &call.at {
        At::Instance(key) => format!("{base}/{key}/$status"),
        At::System | At::Type(_) => format!("{base}/Subscription/$status"),
    };
    // A Bundle has no empty list.
    let entry =
        if entries.is_empty() { String::new() } else { format!(r#","entry":[{}]"#, entries.join(",")) };
    let text = format!(
        r#"{{"resourceType":"Bundle","type":"searchset","total":{},"link":[{{"relation":"self","url":{}}}]{entry}}}"#,
        entries.len(),
        quoted(&own)
    );
    Ok(answer::json(text, &call.wish))
}

/// `$events`: the events with these numbers, as their notification.
pub(super) async fn events(call: Call) -> Result<Response, Refused> {
    let id = instance(&call)?;
    let asked = Asked {
        since: number(&call, "eventsSinceNumber")?,
        until: number(&call, "eventsUntilNumber")?,
        content: content(&call)?,
    };
    let text = call.app.engine.subscription_events(&call.caller, id, asked).await?;
    Ok(answer::json(text, &call.wish))
}

/// `$secret`: a new secret, shown this once.
pub(super) async fn secret(call: Call) -> Result<Response, Refused> {
    let secret = call.app.engine.new_subscription_secret(&call.caller, instance(&call)?).await?;
    let mut response = answer::json(secret_parameters(secret.expose_secret()), &call.wish);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn instance(call: &Call) -> Result<&Id, Refused> {
    match &call.at {
        At::Instance(key) => Ok(&key.id),
        At::System | At::Type(_) => Err(Refused(Problem::NotFound)),
    }
}

fn ids(call: &Call) -> Result<Vec<Id>, Refused> {
    let read = |id: &str| id.parse().map_err(|_| wrong("id", "is no id"));
    call.input.texts("id").map(read).collect()
}

/// A number, which the backport writes as a string.
fn number(call: &Call, name: &str) -> Result<Option<u64>, Refused> {
    let read = |text: &str| text.parse().map_err(|_| wrong(name, "is no number of an event"));
    call.input.text(name).map(read).transpose()
}

fn content(call: &Call) -> Result<Option<Content>, Refused> {
    let read = |code: &str| {
        Content::from_code(code).ok_or_else(|| wrong("content", "is none of empty, id-only, full-resource"))
    };
    call.input.text("content").map(read).transpose()
}

fn wrong(name: &str, what: &str) -> Refused {
    let text = format!("The parameter {name} {what}.");
    Refused(Problem::Malformed(vec![Issue::error(IssueCode::Value, text)]))
}
