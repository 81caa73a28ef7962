//! `PUT {base}/Appointment/{id}`: create, modify and cancel in one (SU-01; `spreekuur.md` section 6).

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gateway_core::json::{Node, quoted};
use gateway_core::{Draft, Id, Interaction, Issue, IssueCode, Problem, Resource, ResourceType};
use http::StatusCode;

use super::answer::{Answer, source, wants_nothing};
use super::door::{Client, Entered, Errand, enter, rules};
use super::laying::{Ground, Laid, Laying};
use super::meaning::{Meaning, is_of};
use super::person::Person;
use super::shape::{self, array, concepts, display, items, object};
use super::{UnknownCancel, shape::XIS_APPOINTMENT};
use crate::App;
use crate::caller::Denied;

/// What an appointment must be like here.
const PROFILE: &str = "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-appointment";

const ERRAND: Errand = Errand { resource_type: ResourceType::Appointment, interaction: Interaction::Update };

/// The handler.
pub(super) async fn put(
    State(app): State<Arc<App>>,
    Client(known): Client,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Denied> {
    let minimal = wants_nothing(request.headers());
    let entered = enter(&app, &known, ERRAND, request).await?;
    let path = path.map(|Path(id)| id).unwrap_or_default();
    let id = checked(&app, &path, &entered.resource)?;
    let laid = lay(&app, &entered, &id).await?;
    let answer = Answer { status: StatusCode::OK, minimal, location: None, laid };
    Ok(answer.with(ResourceType::Appointment, &id, sent(entered.resource.root())))
}

/// The id, when path and content are right.
fn checked(app: &App, path: &str, resource: &Resource) -> Result<Id, Problem> {
    let mut issues = Vec::new();
    let id = path.parse::<Id>();
    if id.is_err() {
        let text = "the id in the path must be 1 to 64 of A-Z a-z 0-9 - .";
        issues.push(Issue::error(IssueCode::Value, text).at("Appointment.id"));
    }
    match resource.id() {
        None => issues.push(Issue::error(IssueCode::Required, "id is required").at("Appointment.id")),
        Some(sent) if sent.as_str() != path => {
            issues.push(Issue::error(IssueCode::Invalid, "id differs from the path").at("Appointment.id"));
        }
        Some(_) => {}
    }
    let found = app.engine.parts().profiles.issues(resource, Some(PROFILE), rules(&app.settings.spreekuur));
    let known = issues.len();
    issues.extend(found.issues);
    dedup(&mut issues, known);
    match id {
        Ok(id) if !issues.iter().any(Issue::refuses) => Ok(id),
        _ => Err(Problem::Malformed(issues)),
    }
}

/// The profile may see the same about the id as the path check did.
fn dedup(issues: &mut Vec<Issue>, known: usize) {
    let first: Vec<_> = issues.iter().take(known).map(|i| (i.code, i.expression.clone())).collect();
    let mut at = 0;
    issues.retain(|issue| {
        at += 1;
        at <= known || !first.contains(&(issue.code, issue.expression.clone()))
    });
}

async fn lay(app: &App, entered: &Entered, id: &Id) -> Result<Option<Laid>, Problem> {
    let appointment = entered.resource.root();
    let person = patient(appointment)?;
    let laying = Laying { app, entered, resource_type: ResourceType::Appointment, id, person: &person };
    let laid = laying.run(|ground| next(app, entered, id, ground)).await?;
    if laid.is_none() {
        tracing::info!(tenant = %entered.caller.tenant, "an appointment that was never sent is cancelled");
    }
    Ok(laid)
}

/// The patient the appointment is for.
fn patient(appointment: Node<'_>) -> Result<Person, Problem> {
    items(appointment, "participant")
        .find_map(|participant| {
            let bsn = shape::participant_bsn(participant)?;
            Some(Person { bsn, name: display(participant).map(str::to_owned) })
        })
        .ok_or_else(|| {
            let issue = Issue::error(IssueCode::Required, "a participant with a BSN is required");
            Problem::Malformed(vec![issue.at("Appointment.participant")])
        })
}

/// What the appointment becomes: the eight rows of `spreekuur.md` 6.2.
fn next(app: &App, entered: &Entered, id: &Id, ground: &Ground<'_>) -> Result<Option<Resource>, Problem> {
    let sent = entered.resource.root();
    let Some(current) = ground.current else {
        return match (sent.text("status"), app.settings.spreekuur.unknown_cancel) {
            (Some("cancelled"), UnknownCancel::Ok) => Ok(None),
            (Some("cancelled"), UnknownCancel::NotFound) => Err(Problem::NotFound),
            _ => native(created(entered, id), sent, ground).map(Some),
        };
    };
    if !is_of(current.root(), ground.patient) {
        let text = "the BSN of a known appointment cannot change";
        let issue = Issue::error(IssueCode::BusinessRule, text).at("Appointment.participant");
        return Err(Problem::Malformed(vec![issue]));
    }
    if Meaning::sent(sent) == Meaning::stored(current.root(), ground.patient) {
        return Ok(None);
    }
    native(current.draft(), sent, ground).map(Some)
}

fn created(entered: &Entered, id: &Id) -> Draft {
    let identifier = object([("system", quoted(XIS_APPOINTMENT)), ("value", quoted(id.as_str()))]);
    Draft::new(ResourceType::Appointment)
        .set("meta", source(&entered.client))
        .set("identifier", array([identifier]))
}

/// The elements a XIS owns, set in `draft`; the others are left as they are.
fn native(draft: Draft, sent: Node<'_>, ground: &Ground<'_>) -> Result<Resource, Problem> {
    let mut draft = draft;
    for element in ["status", "start", "end"] {
        draft = draft.set(element, raw(sent, element));
    }
    draft = match sent.text("comment") {
        Some(comment) if !comment.is_empty() => draft.set_text("comment", comment),
        _ => draft.remove("comment"),
    };
    draft
        .set("serviceCategory", concepts(sent, "serviceCategory"))
        .set("participant", shape::stored_participants(sent, ground.patient))
        .build()
        .map_err(|issue| Problem::Malformed(vec![issue]))
}

/// The elements of the answer.
fn sent(appointment: Node<'_>) -> impl Iterator<Item = (&'static str, String)> {
    let plain = |name: &'static str| Some((name, appointment.get(name)?.raw().to_owned()));
    [
        plain("status"),
        Some(("serviceCategory", concepts(appointment, "serviceCategory"))),
        plain("start"),
        plain("end"),
        plain("comment"),
        Some(("participant", shape::sent_participants(appointment))),
    ]
    .into_iter()
    .flatten()
}

fn raw(node: Node<'_>, element: &str) -> String {
    node.get(element).map_or_else(|| "null".to_owned(), |value| value.raw().to_owned())
}
