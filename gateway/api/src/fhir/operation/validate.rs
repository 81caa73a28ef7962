//! `$validate`: is this resource right, and would it be taken
//! (<https://hl7.org/fhir/R4/resource-operation-validate.html>)?
//!
//! Nothing is stored. What is wrong with the resource is told in an OperationOutcome with 200; only a request that cannot
//! be understood is refused.

use axum::response::Response;
use fhir_profiles::{lapsed, told};
use gateway_core::{Issue, IssueCode, Resource};
use http::StatusCode;
use time::OffsetDateTime;

use super::terms::{malformed, missing};
use super::{Call, Kind, Takes};
use crate::fhir::offer::{Rest, offered};
use crate::fhir::place::At;
use crate::problem::{Refused, outcome};

pub(super) const TAKES: &[Takes] = &[
    Takes::maybe("resource", Kind::Resource),
    Takes::maybe("mode", Kind::Code),
    Takes::maybe("profile", Kind::Uri),
];

/// What the resource is to be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Create,
    Update,
    Delete,
    Profile,
}

pub(super) async fn validate(call: Call) -> Result<Response, Refused> {
    let mode = mode(&call)?;
    let mut issues = welcome(&call, mode);
    match (call.input.resource("resource"), &call.at) {
        // what is to be deleted need not be right, only there
        (_, At::Instance(_)) if mode == Some(Mode::Delete) => drop(call.named().await?),
        (Some(sent), _) => issues.extend(look(&call, sent, mode)),
        (None, At::Instance(_)) => issues.extend(look(&call, &call.named().await?, mode)),
        (None, At::Type(_) | At::System) => return Err(missing("resource")),
    }
    Ok(outcome(StatusCode::OK, &told(issues)))
}

fn mode(call: &Call) -> Result<Option<Mode>, Refused> {
    let mode = match call.input.text("mode") {
        None => return Ok(None),
        Some("create") => Mode::Create,
        Some("update") => Mode::Update,
        Some("delete") => Mode::Delete,
        Some("profile") => Mode::Profile,
        Some(_) => {
            return Err(malformed(IssueCode::Value, "mode is create, update, delete or profile.", "mode"));
        }
    };
    let on_instance = matches!(call.at, At::Instance(_));
    if mode == Mode::Delete && !on_instance {
        let text = "Whether it can be deleted is asked of the resource itself: {type}/{id}/$validate.";
        return Err(malformed(IssueCode::Invalid, text, "mode"));
    }
    if mode == Mode::Profile && call.input.text("profile").is_none() {
        return Err(missing("profile"));
    }
    Ok(Some(mode))
}

/// Whether the type is one this can be done with at all.
fn welcome(call: &Call, mode: Option<Mode>) -> Vec<Issue> {
    let (Some(mode), Some(of)) = (mode, call.at.resource_type()) else { return Vec::new() };
    let rest = match mode {
        Mode::Create => Rest::Create,
        Mode::Update => Rest::Update,
        Mode::Delete => Rest::Delete,
        Mode::Profile => return Vec::new(),
    };
    if offered(of).contains(&rest) {
        return Vec::new();
    }
    vec![
        Issue::error(IssueCode::NotSupported, format!("{} is not offered for {of}.", rest.code()))
            .at(of.as_str()),
    ]
}

fn look(call: &Call, resource: &Resource, mode: Option<Mode>) -> Vec<Issue> {
    let of = resource.resource_type();
    let mut issues = Vec::new();
    if call.at.resource_type().is_some_and(|path| path != of) {
        let text = format!("resourceType is {of}, which is not what the path says.");
        issues.push(Issue::error(IssueCode::Invalid, text).at(of.as_str()));
    }
    if let (At::Instance(key), Some(Mode::Update)) = (&call.at, mode)
        && resource.id() != Some(&key.id)
    {
        let text = "The id is not the one in the path.";
        issues.push(Issue::error(IssueCode::Invalid, text).at(format!("{of}.id")));
    }
    let parts = call.app.engine.parts();
    issues.extend(parts.profiles.look(resource, call.input.text("profile"), parts.rules));
    issues.extend(lapsed(resource, microseconds(parts.clock.now())));
    issues
}

/// Since 1970, UTC.
fn microseconds(now: OffsetDateTime) -> i64 {
    now.unix_timestamp() * 1_000_000 + i64::from(now.microsecond())
}
