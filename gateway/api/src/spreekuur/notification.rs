//! `POST {base}/Communication`: a one-way notification (SU-02; `spreekuur.md` section 7).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::json::{Node, quoted};
use gateway_core::{Draft, Interaction, Issue, IssueCode, Problem, Resource, ResourceType};
use http::StatusCode;

use super::answer::{Answer, address, source, wants_nothing};
use super::door::{Client, Entered, Errand, enter, rules};
use super::laying::{Ground, Laying};
use super::person::Person;
use super::shape::{array, bsn_of, concepts, items, kept, object};
use crate::App;
use crate::caller::Denied;

/// What a notification must be like here.
const PROFILE: &str = "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-notification";

/// Where a person without an account may be invited; what carries the notification to Spreekuur reads it there.
const INVITATION_EMAIL: &str = "https://zorgtolk.example/fhir/StructureDefinition/zt-invitation-email";

const ERRAND: Errand =
    Errand { resource_type: ResourceType::Communication, interaction: Interaction::Create };

/// The handler.
pub(super) async fn post(
    State(app): State<Arc<App>>,
    Client(known): Client,
    request: Request,
) -> Result<Response, Denied> {
    let minimal = wants_nothing(request.headers());
    let entered = enter(&app, &known, ERRAND, request).await?;
    check(&app, &entered.resource)?;
    let id = entered.resource.id().cloned().unwrap_or_else(|| app.engine.parts().ids.next().into());
    let person = recipient(entered.resource.root())?;
    let laying = Laying {
        app: &app,
        entered: &entered,
        resource_type: ResourceType::Communication,
        id: &id,
        person: &person,
    };
    let laid = laying.run(|ground| next(&entered, ground)).await?;
    let location = Some(address(&app, ResourceType::Communication, &id));
    let answer = Answer { status: StatusCode::CREATED, minimal, location, laid };
    Ok(answer.with(ResourceType::Communication, &id, stored(entered.resource.root())))
}

/// N-04 to N-21.
fn check(app: &App, resource: &Resource) -> Result<(), Problem> {
    let found = app.engine.parts().profiles.issues(resource, Some(PROFILE), rules(&app.settings.spreekuur));
    if found.issues.iter().any(Issue::refuses) { Err(Problem::Malformed(found.issues)) } else { Ok(()) }
}

/// The person the notification is for.
fn recipient(communication: Node<'_>) -> Result<Person, Problem> {
    let bsn = contained(communication)
        .and_then(|patient| items(patient, "identifier").find_map(bsn_of))
        .ok_or_else(|| {
            let issue = Issue::error(IssueCode::Required, "the contained Patient needs a BSN");
            Problem::Malformed(vec![issue.at("Communication.contained")])
        })?;
    Ok(Person { bsn, name: None })
}

/// The contained Patient that the recipient refers to.
fn contained(communication: Node<'_>) -> Option<Node<'_>> {
    let reference = items(communication, "recipient").next()?.text("reference")?;
    let id = reference.strip_prefix('#')?;
    items(communication, "contained")
        .find(|one| one.text("resourceType") == Some("Patient") && one.text("id") == Some(id))
}

/// The notification as it is kept. The same one again is nothing new, another one under the same id is refused
/// (`spreekuur.md` section 10, point 2).
fn next(entered: &Entered, ground: &Ground<'_>) -> Result<Option<Resource>, Problem> {
    let native = native(entered, ground)?;
    match ground.current {
        None => Ok(Some(native)),
        Some(current) if current.content() == native.content() => Ok(None),
        Some(_) => {
            let text = "a notification with this id and other content was received before";
            Err(Problem::Conflict(Issue::error(IssueCode::Conflict, text).at("Communication.id")))
        }
    }
}

fn native(entered: &Entered, ground: &Ground<'_>) -> Result<Resource, Problem> {
    let sent = entered.resource.root();
    let patient = object([("reference", quoted(&ground.patient.to_string()))]);
    let emails = contained(sent).into_iter().flat_map(|patient| items(patient, "telecom")).map(|telecom| {
        object([
            ("url", quoted(INVITATION_EMAIL)),
            ("valueContactPoint", kept(telecom, &["system", "value"])),
        ])
    });
    let emails: Vec<_> = emails.collect();
    let mut draft = Draft::new(ResourceType::Communication).set("meta", source(&entered.client));
    if !emails.is_empty() {
        draft = draft.set("extension", array(emails));
    }
    draft
        .set_text("status", "completed")
        .set("category", concepts(sent, "category"))
        .set("subject", patient.clone())
        .set("topic", topic(sent))
        .set("recipient", array([patient]))
        .set("payload", payload(sent, &["contentType", "data", "title"]))
        .build()
        .map_err(|issue| Problem::Malformed(vec![issue]))
}

fn topic(communication: Node<'_>) -> String {
    communication.get("topic").map_or_else(|| "{}".to_owned(), |topic| kept(topic, &["text"]))
}

/// The payload with these members of its attachments.
fn payload(communication: Node<'_>, attachment: &[&str]) -> String {
    array(items(communication, "payload").map(|one| match one.get("contentAttachment") {
        Some(sent) => object([("contentAttachment", kept(sent, attachment))]),
        None => kept(one, &["contentString"]),
    }))
}

/// The elements of the answer: without the data of attachments, which the XIS has.
fn stored(communication: Node<'_>) -> [(&'static str, String); 4] {
    [
        ("status", quoted("completed")),
        ("category", concepts(communication, "category")),
        ("topic", topic(communication)),
        ("payload", payload(communication, &["contentType", "title"])),
    ]
}
