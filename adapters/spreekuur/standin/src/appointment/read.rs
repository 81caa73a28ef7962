//! The rules and A-23 (`spreekuur.md` 6.3): a body becomes [`Content`], or all that is wrong with it
//! is told.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Actor, Coding, Content, Moment, Sent, Status};
use crate::bsn::{self, Bsn};
use crate::outcome::{Findings, Refusal};
use crate::place::Place;
use crate::settings::{Mode, Switches};

///
const COMMENT_AT_MOST: usize = 10_000;

/// Checks a body against; all that is wrong is told at once.
pub(crate) fn read(body: &Value, path_id: &str, switches: Switches) -> Result<Sent, Refusal> {
    let root = Place::root("Appointment", body);
    if root.child("resourceType").value() != Some(&json!("Appointment")) {
        return Err(Refusal::at("Appointment.resourceType", "structure", "The body must be an Appointment"));
    }

    let mut findings = Findings::default();
    check_id(&root.child("id"), path_id, switches.mode, &mut findings);
    let content = read_content(&root, switches, &mut findings);
    let content = findings.none_or(content)?;
    Ok(Sent { fingerprint: content.fingerprint(), content })
}

fn read_content(root: &Place<'_>, switches: Switches, findings: &mut Findings) -> Option<Content> {
    let status = read_status(&root.child("status"), findings);
    let start = read_moment(&root.child("start"), findings);
    let end = read_moment(&root.child("end"), findings);
    if let (Some(start), Some(end)) = (&start, &end)
        && end.at <= start.at
    {
        findings.add("Appointment.end", "business-rule", "end must be later than start");
    }
    let categories = read_categories(&root.child("serviceCategory"), findings);
    let comment = read_comment(&root.child("comment"), findings);
    let people = read_participants(&root.child("participant"), switches, findings);

    let (patient, bsn, others) = people?;
    Some(Content { status: status?, start: start?, end: end?, comment, categories, bsn, patient, others })
}

///
fn check_id(id: &Place<'_>, path_id: &str, mode: Mode, findings: &mut Findings) {
    let number = id.value().filter(|value| value.is_u64() && mode == Mode::Lenient).map(ToString::to_string);
    let Some(id_text) = number.or_else(|| id.required_text(findings).map(str::to_owned)) else { return };

    if !is_id(&id_text) {
        findings.add(&id.path, "value", "id must be 1 to 64 letters, digits, hyphens or dots");
    }
    if id_text != path_id {
        findings.add(&id.path, "invalid", "id differs from the one in the path");
    }
}

pub(crate) fn is_id(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&text.len()) && text.bytes().all(known)
}

///
fn read_status(place: &Place<'_>, findings: &mut Findings) -> Option<Status> {
    match place.required_text(findings)? {
        "booked" => Some(Status::Booked),
        "cancelled" => Some(Status::Cancelled),
        _ => {
            findings.add(&place.path, "code-invalid", "status must be booked or cancelled");
            None
        }
    }
}

///
fn read_moment(place: &Place<'_>, findings: &mut Findings) -> Option<Moment> {
    let text = place.required_text(findings)?;
    let at = Some(text).filter(|text| text.as_bytes().get(10) == Some(&b'T'));
    let at = at.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    if at.is_none() {
        findings.add(
            &place.path,
            "value",
            format!("{} must be a date and time with an offset", place.name()),
        );
    }
    Some(Moment { text: text.to_owned(), at: at? })
}

///
fn read_categories(place: &Place<'_>, findings: &mut Findings) -> Vec<Vec<Coding>> {
    let mut categories = Vec::new();
    for category in place.required_list(findings) {
        let codings = category.child("coding").required_list(findings);
        categories.push(codings.iter().filter_map(|coding| read_coding(coding, findings)).collect());
    }
    categories
}

fn read_coding(coding: &Place<'_>, findings: &mut Findings) -> Option<Coding> {
    let mut part = |name| coding.child(name).required_text(findings).map(str::to_owned);
    let (system, code, display) = (part("system"), part("code"), part("display"));
    Some(Coding { system: system?, code: code?, display: display? })
}

///
fn read_comment(place: &Place<'_>, findings: &mut Findings) -> String {
    let comment = place.optional_text(findings).unwrap_or_default();
    let length = comment.chars().count();
    if length > COMMENT_AT_MOST {
        let text = format!("comment has {length} characters, at most {COMMENT_AT_MOST} are allowed");
        findings.add(&place.path, "too-long", text);
    }
    comment.to_owned()
}

///
fn read_participants(
    place: &Place<'_>,
    switches: Switches,
    findings: &mut Findings,
) -> Option<(Actor, Bsn, Vec<Actor>)> {
    let members = place.required_list(findings);
    let (patients, others): (Vec<_>, Vec<_>) = members.iter().partition(|member| is_patient(member));

    let actors: Vec<_> = patients.iter().map(|member| read_participant(member, findings)).collect();
    let others: Vec<_> = others.iter().filter_map(|member| read_participant(member, findings)).collect();

    let path = format!("{}.actor.identifier", place.path);
    match patients.as_slice() {
        [] if members.is_empty() => None,
        [] => {
            findings.add(&path, "required", "One participant must carry the patient's BSN");
            None
        }
        [patient] => {
            let bsn =
                read_bsn(&patient.child("actor").child("identifier").child("value"), switches, findings);
            Some((actors.into_iter().next()??, bsn?, others))
        }
        _ => {
            findings.add(&path, "multiple-matches", "Only one participant may carry a BSN");
            None
        }
    }
}

fn is_patient(participant: &Place<'_>) -> bool {
    participant.child("actor").child("identifier").child("system").value() == Some(&json!(bsn::SYSTEM))
}

///
fn read_participant(participant: &Place<'_>, findings: &mut Findings) -> Option<Actor> {
    let actor = participant.child("actor");
    actor.is_object(findings);
    let mut part = |name| actor.child(name).required_text(findings).map(str::to_owned);
    let (reference, display) = (part("reference"), part("display"));

    let status = participant.child("status");
    if status.required_text(findings).is_some_and(|status| status != "accepted") {
        findings.add(&status.path, "code-invalid", "participant.status must be accepted");
    }
    Some(Actor { reference: reference?, display: display? })
}

/// in lenient mode a number is taken too, since the published examples have BSNs without quotes.
pub(crate) fn read_bsn(place: &Place<'_>, switches: Switches, findings: &mut Findings) -> Option<Bsn> {
    let number = place.value().filter(|value| value.is_u64() && switches.mode == Mode::Lenient);
    let text = match number {
        Some(number) => number.to_string(),
        None => place.required_text(findings)?.to_owned(),
    };
    let bsn = Bsn::parse(&text, switches.bsn_check);
    if bsn.is_none() {
        findings.add(&place.path, "value", "This is not a BSN");
    }
    bsn
}
